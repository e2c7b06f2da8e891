import type { Message, WorkerContext } from "k4s";

interface Settings {
  shelves: string[];
  timeoutMs: number;
}

/** Asks all shelves, and gathers what they have. */
export async function search({ inbox, api, parameters }: WorkerContext<Settings>) {
  const { shelves, timeoutMs } = parameters;
  for await (const message of inbox) void answer(message);

  async function answer(message: Message) {
    const answers = await Promise.all(shelves.map(shelf => ask(shelf, message.body)));
    const titles = answers.flatMap(titles => titles ?? []);
    const missing = shelves.filter((_, index) => answers[index] === undefined);
    message.reply({ titles, missing });
  }

  /** The titles of one shelf; undefined if it has no answer. */
  async function ask(shelf: string, question: unknown): Promise<string[] | undefined> {
    try {
      return await api.request<string[]>(shelf, question, { timeoutMs });
    } catch {
      return undefined;
    }
  }
}
