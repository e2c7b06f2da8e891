/** What the images of web servers have in their files: the pages that they serve, and a configuration to look into. */
import type { ImageFiles } from "../../worker/index.ts";

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

const types = `
types {
    text/html                                        html htm shtml;
    text/css                                         css;
    text/xml                                         xml;
    image/gif                                        gif;
    image/jpeg                                       jpeg jpg;
    application/javascript                           js;
    text/plain                                       txt;
    image/png                                        png;
    image/svg+xml                                    svg svgz;
    application/json                                 json;
}
`;

/** Where nginx finds its pages. */
export const nginxRoot = "/usr/share/nginx/html";

export const nginxFiles: ImageFiles = {
  [`${nginxRoot}/50x.html`]: { text: broken },
  [`${nginxRoot}/index.html`]: { text: welcome },
  "/docker-entrypoint.d": "folder",
  "/etc/nginx/conf.d/default.conf": { text: site },
  "/etc/nginx/mime.types": { text: types },
  "/etc/nginx/nginx.conf": { text: configuration },
  "/usr/sbin/nginx": { text: "", mode: 0o755 },
  "/var/cache/nginx": "folder",
  "/var/log/nginx/access.log": { link: "/dev/stdout" },
  "/var/log/nginx/error.log": { link: "/dev/stderr" },
};

/** The functions that scripts in charts take from it. */
const bitnamiFileFunctions = `is_dir_empty() { [ -z "$(ls -A "$1" 2>/dev/null)" ]; }
ensure_dir_exists() { mkdir -p "$1"; }
`;

export const bitnamiNginxFiles: ImageFiles = {
  ...nginxFiles,
  "/opt/bitnami/nginx/conf/nginx.conf": { text: configuration },
  "/opt/bitnami/nginx/conf/server_blocks": "folder",
  "/opt/bitnami/nginx/logs/access.log": { link: "/dev/stdout" },
  "/opt/bitnami/nginx/logs/error.log": { link: "/dev/stderr" },
  "/opt/bitnami/nginx/tmp": "folder",
  "/opt/bitnami/scripts/libfs.sh": { text: bitnamiFileFunctions },
  "/opt/bitnami/scripts/nginx/run.sh": { text: "", mode: 0o755 },
};

/** Where httpd finds its pages. */
export const httpdRoot = "/usr/local/apache2/htdocs";

export const httpdFiles: ImageFiles = {
  [`${httpdRoot}/index.html`]: { text: "<html><body><h1>It works!</h1></body></html>\n" },
  "/usr/local/apache2/bin/httpd": { text: "", mode: 0o755 },
  "/usr/local/apache2/conf/httpd.conf": {
    text: `ServerRoot "/usr/local/apache2"\n\nListen 80\n\nDocumentRoot "${httpdRoot}"\n`,
  },
  "/usr/local/apache2/logs": "folder",
};
