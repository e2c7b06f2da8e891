/** wget, as busybox has it. */
import type { IncomingMessage } from "node:http";
import { basename, resolve as pathOf } from "node:path";
import type { ExecWorld } from "../../../worker/index.ts";
import { fileToWrite, type Invocation, print } from "../../program.ts";
import { type Options, optionsIn } from "../options.ts";
import { UnknownHost } from "./connect.ts";
import { followed, headerLines, headersIn, isTimeout, urlOf, valuesOf, withTimeout } from "./http-request.ts";

const wgetOptions = `
  q c S Y spider no-check-certificate server-response quiet continue O: P: T: U: t: tries:
  output-document: timeout: header: post-data: user-agent:
`
  .trim()
  .split(/\s+/);

export async function wget(call: Invocation, world: ExecWorld): Promise<number> {
  const { args, stderr, signal } = call;
  const { flags, values, rest } = optionsIn(args, wgetOptions);
  const isQuiet = flags.has("q") || flags.has("quiet");
  const say = (text: string) => (isQuiet ? undefined : print(stderr, text));
  for (const text of rest) {
    const url = urlOf(text);
    const limited = withTimeout(signal, values.get("T") ?? values.get("timeout"));
    const body = values.get("post-data");
    const headers = { "User-Agent": "Wget", ...headersIn(valuesOf(args, "--header")) };
    try {
      await say(`Connecting to ${url.host} (${await addressOf(url, world)})\n`);
      const answer = await followed(
        { url, method: body === undefined ? "GET" : "POST", headers, body },
        limited,
      );
      const { statusCode = 0, statusMessage } = answer;
      if (flags.has("S") || flags.has("server-response"))
        await print(stderr, `  HTTP/1.1 ${statusCode} ${statusMessage}\n${headerLines(answer, "  ")}`);
      if (statusCode >= 400) {
        answer.resume();
        throw new Error(`server returned error: HTTP/1.1 ${statusCode} ${statusMessage}`);
      }
      if (flags.has("spider")) {
        answer.resume();
        await say("remote file exists\n");
        continue;
      }
      await save(answer, url, values, call, say);
    } catch (error) {
      if (signal.aborted) throw error;
      await print(stderr, `wget: ${await wgetProblem(error, url, world)}\n`);
      return 1;
    }
  }
  return 0;
}

async function save(
  answer: IncomingMessage,
  url: URL,
  values: Options["values"],
  { stdout, cwd }: Invocation,
  say: (text: string) => Promise<void> | undefined,
): Promise<void> {
  const asked = values.get("O") ?? values.get("output-document");
  const name = asked ?? (basename(url.pathname) || "index.html");
  if (name === "-") {
    await say("writing to stdout\n");
    for await (const piece of answer) await print(stdout, piece as Buffer);
    await say("written to stdout\n");
    return;
  }
  await say(`saving to '${name}'\n`);
  const file = fileToWrite(pathOf(cwd, values.get("P") ?? ".", name));
  for await (const piece of answer) await print(file, piece as Buffer);
  await new Promise<void>((done, failed) => file.once("error", failed).end(done));
  await say(`'${name}' saved\n`);
}

async function wgetProblem(error: unknown, url: URL, world: ExecWorld): Promise<string> {
  if (isTimeout(error)) return "download timed out";
  if (error instanceof UnknownHost) return `bad address '${url.host}'`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED" || code === "ENOENT")
    return `can't connect to remote host (${(await addressOf(url, world)).replace(/:\d+$/, "")}): Connection refused`;
  return message;
}

/** As `address:port`. */
async function addressOf({ hostname, port, protocol }: URL, world: ExecWorld): Promise<string> {
  const number = Number(port || (protocol === "https:" ? 443 : 80));
  const found = await world.lookUp(hostname);
  return `${found?.addresses[0] ?? hostname}:${number}`;
}
