/**
 * Three stages of a pipeline that makes titles out of raw text. Each knows only the name of the service that comes next
 * (its `next` parameter) and asks it before it answers; the last one has none.
 */
import type { WorkerContext } from "k4s";

type Stage = WorkerContext<{ next?: string }>;

export const trim = (context: Stage) => forward(context, text => text.trim().replace(/\s+/g, " "));

export const capitalize = (context: Stage) =>
  forward(context, text => text.replace(/\b\p{L}/gu, first => first.toUpperCase()));

export const frame = (context: Stage) => forward(context, text => `« ${text} »`);

async function forward(
  { inbox, parameters, api, self }: Stage,
  work: (text: string) => string,
): Promise<void> {
  for await (const message of inbox) {
    const { text, path } = message.body as { text: string; path: string[] };
    const result = { text: work(text), path: [...path, self.pod] };
    // Not awaited in the loop: the next message need not wait until the rest of the pipeline has answered this one.
    const answer = parameters.next ? api.request(parameters.next, result) : Promise.resolve(result);
    answer.then(
      value => message.reply(value),
      error => message.fail(error),
    );
  }
}
