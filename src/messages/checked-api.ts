/** `send` and `request` with what they are given checked as all calls check it; a mistake rejects, like all that goes wrong. */
import { checkArguments, duration, list, must, needed, options, signal } from "../errors/index.ts";
import type { MessageApi } from "./message.ts";

const to = needed(must("the name of a service, container or pod", value => typeof value === "string"));
const body = () => [];
const takes = {
  send: { to, body, options: options({ transfer: list }) },
  request: { to, body, options: options({ timeoutMs: duration, signal, transfer: list }) },
};

export function checkedApi(api: MessageApi): MessageApi {
  return {
    send: (to, body, options) => refusal("send", to, options) ?? api.send(to, body, options),
    request: (to, body, options) => refusal("request", to, options) ?? api.request(to, body, options),
  };
}

function refusal(call: "send" | "request", to: unknown, options: unknown): Promise<never> | undefined {
  // Most messages, and those of which there are many, need no look.
  if (typeof to === "string" && options === undefined) return undefined;
  try {
    checkArguments(call, takes[call], [to, undefined, options]);
    return undefined;
  } catch (error) {
    const refused = Promise.reject(error);
    refused.catch(() => {});
    return refused;
  }
}
