/**
 * A part of a library. `{ word }` gets the titles with that word, once the gathering point has seen as many questions as it
 * waits for; a shard that is `broken` fails, and one that is `silent` never answers.
 */
import type { Message, WorkerContext } from "k4s";

interface Parameters {
  titles: string[];
  mood?: "broken" | "silent";
}

export async function shard({ inbox, parameters, api }: WorkerContext<Parameters>) {
  for await (const message of inbox) void answer(message);

  async function answer(message: Message) {
    if (parameters.mood === "silent") return;
    if (parameters.mood === "broken") return message.fail(new Error("this shelf fell over"));
    const { word } = message.body as { word: string };
    await api.request("gathering", { arrived: word });
    message.reply(parameters.titles.filter(title => title.includes(word)));
  }
}
