/** Apache's httpd, as far as its image is used to see a web server run: its page, its log lines, and its end. */
import { type Invocation, print } from "../program.ts";
import { pageAt } from "./pages.ts";
import { serveOn } from "./server.ts";
import { httpdRoot } from "./web-files.ts";

const version = "Apache/2.4.65 (Unix)";
const notFound = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>404 Not Found</title>
</head><body>
<h1>Not Found</h1>
<p>The requested URL was not found on this server.</p>
</body></html>
`;

export async function httpd({ args, stdout, stderr, signal }: Invocation): Promise<number> {
  if (args.includes("-v")) {
    await print(stdout, `Server version: ${version}\n`);
    return 0;
  }
  const notice = (text: string) =>
    print(stderr, `[${errorTime()}] [mpm_event:notice] [pid 1:tid 1] ${text}\n`);
  const { ended } = await serveOn(
    80,
    async ({ method, url = "/", httpVersion }, response) => {
      const page = await pageAt(httpdRoot, url);
      const body = "bytes" in page ? page.bytes : Buffer.from(notFound);
      response.writeHead("bytes" in page ? 200 : 404, {
        Server: version,
        "Content-Type": "type" in page ? page.type : "text/html",
        "Content-Length": body.length,
      });
      response.end(method === "HEAD" ? undefined : body);
      const line = `127.0.0.1 - - [${accessTime()}] "${method} ${url} HTTP/${httpVersion}" ${response.statusCode} ${body.length}\n`;
      void print(stdout, line).catch(() => {});
    },
    signal,
  );
  await notice(`AH00489: ${version} configured -- resuming normal operations`);
  await notice("AH00094: Command line: 'httpd -D FOREGROUND'");
  await ended;
  await notice("AH00491: caught SIGTERM, shutting down");
  return 0;
}

/** `Sat Jan 31 12:00:00.000000 2026`. */
function errorTime(): string {
  const [day, date, month, year, time] = new Date().toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${date} ${time}.000000 ${year}`;
}

/** `31/Jan/2026:12:00:00 +0000`. */
function accessTime(): string {
  const [, date, month, year, time] = new Date().toUTCString().split(" ");
  return `${date}/${month}/${year}:${time} +0000`;
}
