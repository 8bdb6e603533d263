// SPDX-License-Identifier: GPL-2.0-or-later
// check.mjs NPM SITE [SCREENSHOTS]: looks at a site in Chromium, at two widths, light and dark, with
// and without JavaScript. Prints TAP. NPM is the folder of node_modules.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const [npm, site, screenshots] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(npm), "x.js"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const EACH_TYPE = 2; // pages of a type that get everything
const SHORT = 8;     // more of them that get a short look; all do that have a hostile name
const TOGETHER = 4;  // of these at once
const VIEWS = [1440, 390].flatMap((width) =>
	["light", "dark"].map((colorScheme) => ({ width, colorScheme })));

let count = 0;
function ok(good, what, details = []) {
	count++;
	console.log(`${good ? "ok" : "not ok"} ${count} - ${what.replaceAll("#", "\\#").slice(0, 200)}`);
	if (!good)
		for (const line of [].concat(details).slice(0, 12))
			console.log(`# ${String(line).replaceAll("\n", " ").slice(0, 300)}`);
}

// --- the site, on a port of its own ---------------------------------------------------------------
const types = {
	".html": "text/html", ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json",
	".csv": "text/csv", ".atom": "application/atom+xml", ".txt": "text/plain",
};

function serve() {
	const root = fs.realpathSync(site);
	const server = http.createServer((request, response) => {
		let file = path.join(root, decodeURIComponent(new URL(request.url, "http://x").pathname));
		if (file.endsWith(path.sep))
			file += "index.html";
		if (request.url === "/favicon.ico") { // browsers ask for it by themselves
			response.writeHead(204).end();
			return;
		}
		if (!file.startsWith(root) || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
			response.writeHead(404).end();
			return;
		}
		response.writeHead(200, {
			"Content-Type": (types[path.extname(file)] ?? "application/octet-stream") +
				(path.extname(file) === ".png" ? "" : "; charset=utf-8"),
		});
		fs.createReadStream(file).pipe(response);
	});
	return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function* files(dir) {
	for (const entry of fs.readdirSync(dir, { withFileTypes: true }).sort((a, b) =>
		a.name < b.name ? -1 : 1)) {
		const full = path.join(dir, entry.name);
		if (entry.isDirectory())
			yield* files(full);
		else
			yield full;
	}
}

// Pages of a type are alike: what a page says it is, or else its place without names and numbers.
function typeOf(page) {
	const said = /<body[^>]* class="([^"]*)"/.exec(fs.readFileSync(path.join(site, page), "utf8"));
	const parts = page.split("/");
	if (parts[0] === "trends" && parts.length === 3 && parts[2] !== "index.html")
		return "trends/*/figures"; // whose names begin with those of workloads
	return said?.[1] ?? [...parts.slice(0, -1).map((part, i) =>
		(i && !part.startsWith("comparison-") ? "*" : part.replace(/[-0-9].*/, ""))),
		parts.at(-1).replace(/[-0-9].*(?=\.html)/, "")].join("/");
}

const hasEvil = (page) => fs.readFileSync(path.join(site, page), "utf8").includes("kab-evil");

// --- one page -------------------------------------------------------------------------------------
// Everything that a page does that it should not.
function watch(page, origin) {
	const seen = [];
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			seen.push(`console: ${message.text()} ${message.location().url}`);
	});
	page.on("pageerror", (error) => seen.push(`script: ${error}`));
	page.on("dialog", (dialog) => { seen.push("a dialog"); dialog.dismiss(); });
	page.on("request", (request) => {
		if (!request.url().startsWith(origin) && !request.url().startsWith("data:"))
			seen.push(`request to ${request.url()}`);
	});
	page.on("response", (response) => {
		if (response.status() >= 400)
			seen.push(`${response.status()} for ${response.url()}`);
	});
	return seen;
}

const evil = () => ({
	ran: typeof window.kabEvil !== "undefined",
	elements: document.querySelectorAll("kab-evil, img[src='x'], [onerror]").length,
	links: [...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"))
		.filter((href) => /^\s*(javascript|data|vbscript):/i.test(href)),
});

// What is too wide, for the message.
const tooWide = () => {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width)
		return [];
	return [`${document.documentElement.scrollWidth} px of ${width}`,
		...[...document.querySelectorAll("body *")]
			.filter((e) => e.getBoundingClientRect().right > width + 1)
			.slice(0, 5).map((e) => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`)];
};

const outline = () => ({
	headings: [...document.querySelectorAll("h1, h2, h3, h4")].map((h) => h.textContent.trim()),
	rows: [...document.querySelectorAll("tr")].map((row) =>
		[...row.cells].map((cell) => cell.textContent.trim()).join("|")),
});

async function violations(page) {
	await page.evaluate(axe);
	const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
	return result.violations.filter((v) => ["serious", "critical"].includes(v.impact))
		.flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.html} ${n.any[0]?.message ?? ""}`));
}

async function look(contexts, origin, name, view, everything) {
	const page = await contexts.get(view).newPage();
	const seen = watch(page, origin);
	const label = `${name}, ${view.width} px, ${view.colorScheme}`;
	const found = {};
	await page.goto(origin + name.split("/").map(encodeURIComponent).join("/"), { waitUntil: "load" });
	found.wide = await page.evaluate(tooWide);
	found.evil = await page.evaluate(evil);
	found.outline = await page.evaluate(outline);
	if (everything)
		found.axe = await violations(page);
	if (screenshots && everything)
		await page.screenshot({ fullPage: true, path: path.join(screenshots,
			`${name.replaceAll("/", "_")}-${view.width}-${view.colorScheme}.png`) });
	await page.close();
	const bad = found.evil.ran || found.evil.elements || found.evil.links.length;
	ok(seen.length === 0, `${label}: no error, and no request elsewhere`, seen);
	ok(found.wide.length === 0, `${label}: no horizontal scrolling`, found.wide);
	ok(!bad, `${label}: names are shown and nothing more`, JSON.stringify(found.evil));
	if (everything)
		ok(found.axe.length === 0, `${label}: accessible`, found.axe);
	return found;
}

async function withoutScript(browser, origin, name, expected) {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto(origin + name.split("/").map(encodeURIComponent).join("/"));
	// Scripts of the page do not run, but those of the test do.
	const found = await page.evaluate(outline);
	ok(JSON.stringify(found) === JSON.stringify(expected) && found.headings.length > 0,
		`${name}: reads the same without JavaScript`,
		[`${found.headings.length} of ${expected.headings.length} headings, ` +
			`${found.rows.length} of ${expected.rows.length} rows`]);
	await context.close();
}

// --- sorting and filtering ------------------------------------------------------------------------
async function sorts(browser, origin, name) {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(origin + name.split("/").map(encodeURIComponent).join("/"));
	await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
	const button = page.locator("th button:visible").first();
	const tables = await button.count();
	// A button by which nothing can be sorted, and a long table without one.
	const mute = await page.evaluate(() => [...document.querySelectorAll("table")]
		.filter((t) => t.querySelectorAll("tbody tr:not(.fixed)").length >= 4 &&
			!t.querySelector("th button")).length);
	ok(mute === 0, `${name}: every table of four rows and more can be sorted`, mute);
	if (tables) {
		const column = () => button.evaluate((b) => {
			const cell = b.closest("th");
			const body = b.closest("table").tBodies[0];
			const bodies = [...body.parentNode.tBodies];
			return [cell.getAttribute("aria-sort"), bodies.flatMap((b) => [...b.rows])
				.map((row) => row.cells[cell.cellIndex]?.textContent.trim() ?? ""),
			// Headings and sums stay where they are.
			JSON.stringify(bodies.map((b) => [...b.rows].map((row) =>
				row.className.includes("fixed") ? row.textContent : "")))];
		});
		const before = await column();
		await button.click();
		const up = await column();
		await button.click();
		const down = await column();
		const same = (a, b) => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
		ok(up[0] === "ascending" && down[0] === "descending" && same(before[1], up[1]) &&
			same(before[1], down[1]) && before[2] === up[2] && before[2] === down[2] && (new Set(up[1]).size < 2 ||
				JSON.stringify(up[1]) !== JSON.stringify(down[1])),
			`${name}: a table sorts up and down, and loses no row`, [before, up, down].map(JSON.stringify));
	}
	const filter = page.locator("input[type=search]:visible").first();
	const filters = await filter.count();
	if (filters) {
		const table = page.locator(".filter + .scroll table:visible").first();
		const shown = () => table.evaluate((t) => [...t.querySelectorAll("tbody tr")]
			.filter((row) => row.offsetParent !== null).map((row) => row.textContent));
		const all = await shown();
		await filter.fill("no such thing at all");
		const none = await shown();
		// What a row says finds it, and the headings of its group alone.
		const wanted = await table.evaluate((t) =>
			t.querySelector("tbody tr:not(.fixed)").cells[0].textContent.trim());
		await filter.fill(wanted);
		const some = await shown();
		const fixed = await table.evaluate((t) => t.querySelectorAll("tr.fixed").length);
		await filter.fill("");
		ok(none.length === 0 && some.some((row) => row.includes(wanted)) &&
			(fixed === 0 || some.length < all.length) &&
			JSON.stringify(await shown()) === JSON.stringify(all),
		`${name}: filtering hides, finds, and shows again`,
		`${all.length} shown, ${none.length} and ${some.length} with a filter`);
	}
	await context.close();
	return [tables, filters];
}

// --- all ------------------------------------------------------------------------------------------
const pages = [...files(site)].map((file) => path.relative(site, file))
	.filter((file) => file.endsWith(".html"));
const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-first-run"],
});
try {
	const contexts = new Map();
	for (const view of VIEWS)
		contexts.set(view, await browser.newContext({
			viewport: { width: view.width, height: 900 }, colorScheme: view.colorScheme,
		}));
	const byType = new Map();
	let sorted = 0;
	const sorting = new Map(); // types, by whether some page of theirs sorts and filters
	for (const name of pages)
		byType.set(typeOf(name), [...(byType.get(typeOf(name)) ?? []), name]);
	ok(pages.length > 0, `${pages.length} pages of ${byType.size} types: ${[...byType.keys()].join(" ")}`);
	for (const name of pages) {
		const size = fs.statSync(path.join(site, name)).size;
		if (size > 500_000)
			ok(false, `${name}: at most 500 kB`, size);
	}
	for (const [type, names] of byType) {
		for (const name of names.slice(0, EACH_TYPE)) {
			let found; // one after the other: a page in the background is not painted
			for (const view of VIEWS)
				found = await look(contexts, origin, name, view, true);
			await withoutScript(browser, origin, name, found.outline);
			const [tables, filters] = await sorts(browser, origin, name);
			sorted += tables;
			sorting.set(type, [(sorting.get(type)?.[0] ?? 0) + tables,
				(sorting.get(type)?.[1] ?? 0) + filters]);
		}
		const rest = names.slice(EACH_TYPE).filter((name, i) => i < SHORT || hasEvil(name));
		for (let i = 0; i < rest.length; i += TOGETHER)
			await Promise.all(rest.slice(i, i + TOGETHER).map((name) =>
				look(contexts, origin, name, VIEWS[3], false)));
	}
	ok(sorted > 0, "some table sorts");
	// Pages of every kind have tables that are long enough; published claims only where some are.
	for (const [type, [tables, filters]] of sorting)
		console.log(`# ${type}: ${tables} headings sort, ${filters} filters`);
	for (const kind of ["index", "published", "sessions/*/index", "sessions/*/comparison/",
		"trends/*/", "kernels/", "bisections/"]) {
		const found = [...sorting].filter(([type]) => type.startsWith(kind));
		if (found.length)
			ok(found.some(([, [tables]]) => tables > 0), `pages like ${kind} sort`,
				JSON.stringify(found));
	}
} finally {
	await browser.close();
	server.close();
}
console.log(`1..${count}`);
