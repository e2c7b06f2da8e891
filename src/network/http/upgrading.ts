/** Connections that are upgraded, such as WebSockets: once the endpoint has taken the upgrade, the two ends are made one. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { EndpointUse } from "../../messages/index.ts";
import { type Clock, joinStreams } from "../../outside/index.ts";
import type { DialEndpoint } from "../dial.ts";
import type { FollowConnection } from "../policed-connections.ts";
import { dialInTime } from "./endpoint-agent.ts";
import type { Trial } from "./endpoint-trials.ts";
import { requestTo } from "./exchange.ts";
import { changedHeaders } from "./header-changes.ts";
import { answerHeaders, clientOf } from "./headers.ts";
import type { HeaderModifier } from "./http-rule.ts";
import { answerMs, NoAnswer, outcomeOf, unreached } from "./no-answer.ts";
import { refuseUpgrade } from "./refusal.ts";
import { begun } from "./room.ts";

/** Where an upgrade is sent. */
interface UpgradeSending {
  readonly trials: Iterable<Trial>;
  readonly target: string;
  readonly responseHeaders?: readonly HeaderModifier[];
}

interface UpgradeParts {
  readonly dial: DialEndpoint;
  readonly follow: FollowConnection;
  readonly clock: Pick<Clock, "after">;
}

/** Resolves when both ends are gone, or the endpoint has not taken the upgrade and its answer is passed on. */
export async function upgrade(
  { trials, target, responseHeaders = [] }: UpgradeSending,
  headers: readonly string[],
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  parts: UpgradeParts,
): Promise<void> {
  let last = new NoAnswer(503, "nothing is ready", "nobody");
  const asking = [...headers, "Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? ""];
  for (const trial of trials) {
    const { endpoint, use } = trial;
    try {
      await begun(trial, client, undefined);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      last = error;
      break;
    }
    try {
      if (client.destroyed) return;
      const socket = await dialInTime(endpoint, parts);
      const createConnection = () => socket;
      const outgoing = requestTo(endpoint, target, request, { headers: asking, createConnection });
      const from = clientOf(request);
      client.once(
        "close",
        parts.follow(from, endpoint, () => client.destroy()),
      );
      await tunnel(outgoing, client, head, { changes: responseHeaders, use, clock: parts.clock });
      return;
    } catch (error) {
      use?.went("gateway-error");
      last = unreached(endpoint, error);
    } finally {
      use?.end();
    }
  }
  refuseUpgrade(client, last.status, last.message);
}

async function tunnel(
  outgoing: ClientRequest,
  client: Duplex,
  head: Buffer,
  {
    changes,
    use,
    clock,
  }: {
    readonly changes: readonly HeaderModifier[];
    readonly use: EndpointUse | undefined;
    readonly clock: UpgradeParts["clock"];
  },
): Promise<void> {
  const leave = () => outgoing.destroy();
  client.once("close", leave);
  let status = 502;
  const timer = clock.after(answerMs, () => {
    status = 504;
    outgoing.destroy();
  });
  const [answer, socket, first] = await new Promise<[IncomingMessage?, Duplex?, Buffer?]>(resolve => {
    outgoing.once("upgrade", (...taken) => resolve(taken));
    outgoing.once("response", refused => resolve([refused]));
    outgoing.once("error", () => resolve([]));
    outgoing.end();
  });
  timer.cancel();
  client.off("close", leave);
  if (!answer) {
    if (client.destroyed) return;
    use?.went("gateway-error");
    const why = status === 504 ? "has not answered in time" : "has ended the connection";
    refuseUpgrade(client, status, `the endpoint ${why}`);
    return;
  }
  use?.went(outcomeOf(answer.statusCode ?? 0));
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  const headers = changedHeaders(answerHeaders(answer), changes);
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  if (!socket) lines.push("Connection: close");
  else lines.push("Connection: Upgrade", `Upgrade: ${answer.headers.upgrade ?? ""}`);
  client.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  try {
    if (!socket) await pipeline(answer, client);
    else {
      if (first && first.length > 0) client.write(first);
      if (head.length > 0) client.unshift(head);
      await joinStreams(client, socket);
    }
  } catch {
    // One of the two has left: the other one sees it by its connection.
  } finally {
    client.destroy();
    socket?.destroy();
    outgoing.destroy();
  }
}
