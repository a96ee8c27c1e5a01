#!/bin/sh
# EventSource and WebSocket by nginx and nchan, in the folder where it is started: nchan.sh PORT. GET
# /events and /ws, an event every 20 ms; it is posted to /post. What is sent
# to /all comes to all who are there.
set -eu
modules=/usr/lib/nginx/modules
folder=$PWD/nchan
rm -rf "$folder"
mkdir -p "$folder"
cat >"$folder/nginx.conf" <<END
load_module $modules/ngx_nchan_module.so;
daemon off;
worker_processes 1;
pid $folder/pid;
error_log stderr error;
events { worker_connections 1000; }
http {
    access_log off;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    server {
        listen 127.0.0.1:$1;
        location = /events {
            nchan_subscriber eventsource;
            nchan_channel_id all;
            nchan_subscriber_first_message newest;
        }
        location = /ws {
            nchan_subscriber websocket;
            nchan_channel_id all;
            nchan_subscriber_first_message newest;
        }
        location = /all {
            nchan_pubsub websocket;
            nchan_channel_id pubsub;
            nchan_subscriber_first_message newest;
        }
        location = /post {
            nchan_publisher;
            nchan_channel_id all;
            nchan_deflate_message_for_websocket on;
        }
    }
}
END
python3 - "$1" "$folder/publishing" <<'END' &
import http.client, itertools, json, sys, time
open(sys.argv[2], "w").close()
for number in itertools.count(1):
    try:
        c.request("POST", "/post", json.dumps({"sequence": number, "time": time.time()}))
        c.getresponse().read()
    except (OSError, NameError, http.client.HTTPException):
        c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
    time.sleep(0.02)
END
until [ -e "$folder/publishing" ]; do sleep 0.1; done
exec nginx -p "$folder" -c "$folder/nginx.conf"
