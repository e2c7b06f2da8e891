/** Handles ten messages and then rests a millisecond; counts what it handled where the sender can see it. */
import { setTimeout as sleep } from "node:timers/promises";

export async function sluggish({ inbox }) {
  let handled;
  let sinceRest = 0;
  for await (const message of inbox) {
    if (message.body.handled) {
      handled = message.body.handled;
      message.reply("counting");
      continue;
    }
    if (++sinceRest % 10 === 0) await sleep(1);
    Atomics.add(handled, 0, 1);
  }
}
