/**
 * The folders of the catalogue's images that people look into and write to: each container has them for itself, and they are
 * made when they are first asked for (worker/mounts.ts).
 */
import type { ImageConfig } from "../worker/index.ts";

type Folders = ImageConfig["folders"];

const welcome = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required. (This one is a worker thread of k4s.)</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const broken = `<!DOCTYPE html>
<html>
<head>
<title>Error</title>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
</body>
</html>
`;

const configuration = `user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log  /var/log/nginx/access.log  main;
    sendfile        on;
    keepalive_timeout  65;
    include /etc/nginx/conf.d/*.conf;
}
`;

const site = `server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

/** Those of every image. */
export const everyFolders: Folders = { "/tmp": {} };

/** Where nginx finds its pages. */
export const nginxRoot = "/usr/share/nginx/html";

export const nginxFolders: Folders = {
  ...everyFolders,
  [nginxRoot]: { "50x.html": broken, "index.html": welcome },
  "/etc/nginx": { "nginx.conf": configuration, "conf.d/default.conf": site },
  "/var/log/nginx": {},
};

/** Where httpd finds its pages. */
export const httpdRoot = "/usr/local/apache2/htdocs";

export const httpdFolders: Folders = {
  ...everyFolders,
  [httpdRoot]: { "index.html": "<html><body><h1>It works!</h1></body></html>\n" },
};
