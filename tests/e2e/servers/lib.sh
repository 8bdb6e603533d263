# SPDX-License-Identifier: GPL-2.0-or-later
# Real servers on loopback, for tests: their own ports, their own files in the scratch folder.
# Each start_* waits until the server listens and sets $pid; stop_servers ends all of them.
# shellcheck shell=sh
servers=
trap 'stop_servers; chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT

stop_servers() {
	for pid in $servers; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	servers=
}

stop_server() { # pid
	kill "$1" 2>/dev/null && wait "$1" 2>/dev/null
	servers=$(echo "$servers" | sed "s/ $1\$//; s/ $1 / /")
}

free_port() { # that nobody listens at just now
	/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

listens() { # port
	/usr/bin/python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' \
		"$1" 2>/dev/null
}

# Starts a server and waits until it listens; $pid is it.
start() { # port, command...
	at=$1
	shift
	"$@" >"$scratch/server-$at.log" 2>&1 </dev/null &
	pid=$!
	servers="$servers $pid"
	tries=0
	until listens "$at"; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
			echo "# a server did not start: $*"
			sed 's/^/# /' "$scratch/server-$at.log"
			return 1
		fi
		sleep 0.2
	done
}

# A certificate authority, and a certificate for localhost by it.
make_certificates() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=kab test authority' \
		-keyout "$scratch/ca.key" -out "$scratch/ca.pem" 2>/dev/null &&
	openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$scratch/server.key" \
		-out "$scratch/server.csr" 2>/dev/null &&
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$scratch/ext" &&
	openssl x509 -req -in "$scratch/server.csr" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" \
		-CAcreateserial -days 2 -extfile "$scratch/ext" -out "$scratch/server.pem" 2>/dev/null
}

# nginx with WebDAV by https, and a password for /private/. EXTRA goes into the location of all
# other paths: a fault.
start_nginx() { # port, folder, extra
	mkdir -p "$2" "$scratch/nginx"
	cat >"$scratch/nginx/conf" <<-EOF
		$([ "$(id -u)" -ne 0 ] || echo 'user root root;')
		daemon off;
		master_process off;
		pid $scratch/nginx/pid;
		error_log stderr;
		load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
		events { }
		http {
			access_log $scratch/nginx/access.log;
			client_body_temp_path $2/.tmp;
			proxy_temp_path $scratch/nginx/proxy;
			fastcgi_temp_path $scratch/nginx/fastcgi;
			uwsgi_temp_path $scratch/nginx/uwsgi;
			scgi_temp_path $scratch/nginx/scgi;
			client_max_body_size 100m;
			server {
				listen 127.0.0.1:$1 ssl;
				ssl_certificate $scratch/server.pem;
				ssl_certificate_key $scratch/server.key;
				root $2;
				location / {
					dav_methods PUT DELETE MKCOL COPY MOVE;
					dav_ext_methods PROPFIND OPTIONS;
					$3
				}
				location /private/ {
					dav_methods PUT DELETE MKCOL;
					auth_basic private;
					auth_basic_user_file $scratch/nginx/users;
				}
			}
		}
	EOF
	echo "me:$(openssl passwd -apr1 'pass word')" >"$scratch/nginx/users"
	start "$1" /usr/sbin/nginx -c "$scratch/nginx/conf"
}

# sshd that takes one key for the user who runs the test, and serves SFTP only.
start_sshd() { # port
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd # where sshd wants to be when it is root's
	mkdir -p "$scratch/ssh"
	[ -f "$scratch/ssh/host" ] || ssh-keygen -q -t ed25519 -N '' -f "$scratch/ssh/host"
	[ -f "$scratch/ssh/me" ] || ssh-keygen -q -t ed25519 -N '' -f "$scratch/ssh/me"
	cp "$scratch/ssh/me.pub" "$scratch/ssh/authorized_keys"
	cat >"$scratch/ssh/conf" <<-EOF
		ListenAddress 127.0.0.1:$1
		HostKey $scratch/ssh/host
		PidFile none
		AuthorizedKeysFile $scratch/ssh/authorized_keys
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		PasswordAuthentication no
		Subsystem sftp internal-sftp
		ForceCommand internal-sftp
	EOF
	echo "[127.0.0.1]:$1 $(cut -d' ' -f1,2 "$scratch/ssh/host.pub")" >"$scratch/ssh/known_hosts"
	start "$1" /usr/sbin/sshd -D -e -f "$scratch/ssh/conf"
}

# s3rver of the npm registry: quick, and it keeps objects as files. It knows keys, but does not verify
# signatures of version 4: Swift does. 1 when it was not installed (make npm).
start_s3() { # port, folder, bucket
	s3rver="${KAB_NPM:-$root/build/npm}/node_modules/.bin/s3rver"
	[ -x "$s3rver" ] || return 1
	start "$1" "$s3rver" -d "$2" -a 127.0.0.1 -p "$1" --configure-bucket "$3"
}

# OpenStack Swift with its S3 interface, which verifies signatures: one process of each kind, one
# device in a folder. The key is kab:me, the secret "secret". 1 when it is not installed.
start_swift() { # port, folder, bucket
	command -v swift-proxy-server swift-account-server swift-container-server \
		swift-object-server swift-ring-builder >/dev/null || return 1
	mkdir -p "$2/srv/one" "$2/etc"
	printf '[swift-hash]\nswift_hash_path_prefix = kab\nswift_hash_path_suffix = kab\n' >"$2/etc/swift.conf"
	for kind in account container object; do
		at=$(free_port)
		(
			cd "$2/etc" && swift-ring-builder $kind.builder create 1 1 0 &&
				swift-ring-builder $kind.builder add --region 1 --zone 1 --ip 127.0.0.1 \
					--port "$at" --device one --weight 1 &&
				swift-ring-builder $kind.builder rebalance
		) >/dev/null
		cat >"$2/etc/$kind.conf" <<-EOF
			[DEFAULT]
			bind_ip = 127.0.0.1
			bind_port = $at
			user = $(id -un)
			swift_dir = $2/etc
			devices = $2/srv
			mount_check = false
			disable_fallocate = true
			workers = 0
			[pipeline:main]
			pipeline = $kind-server
			[app:$kind-server]
			use = egg:swift#$kind
		EOF
		start "$at" swift-$kind-server "$2/etc/$kind.conf" || return 1
	done
	cat >"$2/etc/proxy.conf" <<-EOF
		[DEFAULT]
		bind_ip = 127.0.0.1
		bind_port = $1
		user = $(id -un)
		swift_dir = $2/etc
		workers = 0
		[pipeline:main]
		pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth proxy-server
		[filter:catch_errors]
		use = egg:swift#catch_errors
		[filter:gatekeeper]
		use = egg:swift#gatekeeper
		[filter:cache]
		use = egg:swift#memcache
		memcache_servers = 127.0.0.1:9
		[filter:listing_formats]
		use = egg:swift#listing_formats
		[filter:s3api]
		use = egg:swift#s3api
		location = us-east-1
		[filter:tempauth]
		use = egg:swift#tempauth
		user_kab_me = secret .admin
		[app:proxy-server]
		use = egg:swift#proxy
		account_autocreate = true
	EOF
	start "$1" swift-proxy-server "$2/etc/proxy.conf" || return 1
	echo "machine 127.0.0.1 login kab:me password secret" >"$2/netrc"
	swift_request "$1" "$2" "$3" -X PUT
}

# A request that curl has signed.
swift_request() { # port, folder, path (encoded), curl's options...
	at="http://127.0.0.1:$1/$3" netrc="$2/netrc"
	shift 3
	curl -sfS --aws-sigv4 aws:amz:us-east-1:s3 --netrc-file "$netrc" -H \
		"x-amz-content-sha256: $(printf '' | sha256sum | cut -d' ' -f1)" "$@" "$at"
}
