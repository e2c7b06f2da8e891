import type { Message, WorkerContext } from "k4s";

type Context = WorkerContext<{ next?: string }>;

/** "  To be,  or NOT " becomes "to be, or not". */
export async function tidy(context: Context) {
  for await (const message of context.inbox) {
    const text = message.body as string;
    await forward(message, text.trim().toLowerCase(), context);
  }
}

/** "to be, or not" becomes ["to", "be", "or", "not"]. */
export async function words(context: Context) {
  for await (const message of context.inbox) {
    const text = message.body as string;
    await forward(message, text.match(/\w+/g) ?? [], context);
  }
}

/** ["to", "be", "to"] becomes { to: 2, be: 1 }. */
export async function count(context: Context) {
  for await (const message of context.inbox) {
    const counts: Record<string, number> = {};
    for (const word of message.body as string[]) counts[word] = (counts[word] ?? 0) + 1;
    await forward(message, counts, context);
  }
}

/** Gives the value to the next step, or back to whoever asked. */
async function forward(message: Message, value: unknown, { api, parameters }: Context) {
  const { next } = parameters;
  try {
    if (next === undefined) message.reply(value);
    else if (message.expectsReply) message.reply(await api.request(next, value));
    else await api.send(next, value);
  } catch (error) {
    message.fail(error);
  }
}
