/**
 * Where the kubelet's probes of a worker function ask, over HTTP: whether the event loop turns (it does where there is an answer), and
 * whether the function answers a message. A probe of readiness also says whether Services may send to it. Its metrics are told beside that.
 */
import { createServer, type Server } from "node:http";
import { messageOf } from "../../errors/index.ts";
import { probePaths } from "../agreed/index.ts";

export interface Probed {
  /** The answer of the worker function. */
  ask(body: unknown, signal: AbortSignal): Promise<unknown>;
  /** Hands it a message. */
  tell(body: unknown): void;
  /** What a probe of readiness has found, after so many failures in a row as it allows. */
  setReady(isReady: boolean): Promise<void>;
  /** As Prometheus reads it. */
  metrics(): string;
}

/** @param questions the paths that are answered, with what is asked in them; all of them where left out */
export function serveProbes(probed: Probed, questions?: ReadonlySet<string>): Server {
  let failures = 0;
  const server = createServer(async (request, response) => {
    const answer = (status: number, text: string) => {
      response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text);
    };
    const asked = [request.url ?? "/", "http://probe"] as const;
    // Whoever reaches the port may ask for "//", which is no URL; what is thrown here would end the process.
    if (!URL.canParse(...asked)) return answer(404, "not found\n");
    const { pathname, searchParams } = new URL(...asked);
    if (pathname === "/metrics") return answer(200, probed.metrics());
    if (questions && !questions.has(request.url ?? "")) return answer(404, "not found\n");
    if (pathname === probePaths.send) {
      probed.tell(bodyIn(searchParams.get("request")));
      return answer(200, "sent\n");
    }
    if (pathname !== probePaths.readiness && pathname !== probePaths.liveness)
      return answer(404, "not found\n");
    const isReadiness = pathname === probePaths.readiness;
    // The kubelet hangs up when the probe's time is over.
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the probe has given up")));
    try {
      const body = searchParams.get("request");
      const found = body === null ? "ok" : JSON.stringify(await probed.ask(bodyIn(body), gone.signal));
      if (isReadiness) {
        failures = 0;
        // Who is told that it is ready may send at once.
        await probed.setReady(true);
      }
      return answer(200, `${found}\n`);
    } catch (error) {
      const most = Number(searchParams.get("failures") ?? 3);
      if (isReadiness && ++failures >= most) void probed.setReady(false).catch(() => {});
      return answer(503, `${messageOf(error)}\n`);
    }
  });
  // Probes are not what keeps a program going.
  server.unref();
  return server;
}

/** JSON; a text that is none stands for itself. */
function bodyIn(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
