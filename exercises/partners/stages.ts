/** The three steps of a pipeline (exercise 5 is about writing them): tidy, words, count. Each asks its `next`, if it has one. */
import type { Message, WorkerContext } from "k4s";

type Context = WorkerContext<{ next?: string }>;

export const tidy = (context: Context) => step(context, text => String(text).trim().toLowerCase());

export const words = (context: Context) => step(context, text => String(text).match(/\w+/g) ?? []);

export const count = (context: Context) =>
  step(context, value => {
    const counts: Record<string, number> = {};
    for (const word of Array.isArray(value) ? value : [value]) counts[word] = (counts[word] ?? 0) + 1;
    return counts;
  });

async function step(context: Context, work: (value: unknown) => unknown) {
  for await (const message of context.inbox) void pass(message, work, context);
}

async function pass(message: Message, work: (value: unknown) => unknown, { api, parameters }: Context) {
  try {
    const value = work(message.body);
    message.reply(parameters.next === undefined ? value : await api.request(parameters.next, value));
  } catch (error) {
    message.fail(error);
  }
}
