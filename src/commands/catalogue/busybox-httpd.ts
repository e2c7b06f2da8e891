/** `httpd` of busybox: the files of a folder. Without `-f` it serves in the background. */
import { isAbsolute, resolve } from "node:path/posix";
import { type Invocation, print } from "../program.ts";
import { pageAt } from "./pages.ts";
import { serveOn } from "./server.ts";

const notFound = `<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>
<BODY><H1>404 Not Found</H1>
The requested URL was not found
</BODY></HTML>
`;

/** `httpd [-f] [-v] [-p [IP:]PORT] [-h HOME]`. */
export async function busyboxHttpd(call: Invocation): Promise<number> {
  const { args, cwd, stderr, signal } = call;
  const valueBehind = (letter: string) => {
    const at = args.findIndex(arg => arg.startsWith(`-${letter}`));
    return at < 0 ? undefined : args[at]?.slice(2) || args[at + 1];
  };
  const [isInFront, isVerbose] = ["f", "v"].map(letter =>
    args.some(arg => new RegExp(`^-[fv]*${letter}`).test(arg)),
  );
  const port = Number((valueBehind("p") ?? "80").split(":").at(-1));
  const home = valueBehind("h") ?? ".";
  const root = isAbsolute(home) ? home : resolve(cwd, home);
  const { ended } = await serveOn(
    port,
    async ({ method, url = "/" }, response) => {
      const page = await pageAt(root, url);
      const body = "bytes" in page ? page.bytes : Buffer.from(notFound);
      response.writeHead("bytes" in page ? 200 : 404, {
        "Content-Type": "type" in page ? page.type : "text/html",
        "Content-Length": body.length,
      });
      response.end(method === "HEAD" ? undefined : body);
      if (isVerbose) void print(stderr, `response:${response.statusCode}\n`).catch(() => {});
    },
    signal,
  );
  if (isInFront) await ended;
  return 0;
}
