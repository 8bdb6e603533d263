#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# setup.sh GROUP...: installs the Debian packages of these groups of packages.txt that are missing.
# Their services are not started: the tests start servers of their own.
set -eu
missing=
while read -r group package program; do
	case " $* " in *" $group "*) ;; *) continue ;; esac
	[ -n "$program" ] && command -v "$program" >/dev/null && continue
	dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done <"$(dirname "$0")/packages.txt"
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
# What asks before a package starts a service (Debian policy, 9.3.3.1); one that is there knows better.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap '$sudo rm -f "$policy"' EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
	$sudo chmod 755 "$policy"
fi
echo "installing Debian packages:$missing"
$sudo apt-get -q update >/dev/null
# shellcheck disable=SC2086 # a list of words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
