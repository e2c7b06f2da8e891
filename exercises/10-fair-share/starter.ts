import type { Message, WorkerContext } from "k4s";

interface Settings {
  presses: string[];
  limit: number;
}

/** Gives each job to a press. */
export async function dispatcher({ inbox, api, parameters }: WorkerContext<Settings>) {
  for await (const message of inbox) {
    // TODO 1: which press has the fewest jobs?
    // TODO 2: if all have parameters.limit jobs, the message must wait.
    const press = parameters.presses[0] ?? "there is no press";
    void run(message, press);
  }

  async function run(message: Message, press: string) {
    try {
      message.reply(await api.request(press, message.body));
    } catch (error) {
      // TODO 3: give the job to another press.
      message.fail(error);
    }
  }
}
