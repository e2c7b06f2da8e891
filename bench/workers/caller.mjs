/** Puts load on a service from inside a container and replies with what it measured. */
import { answersPerSecond } from "./load.mjs";

export async function caller({ inbox, api }) {
  for await (const message of inbox) {
    const { service, ...load } = message.body;
    try {
      message.reply(await answersPerSecond(body => api.request(service, body), load));
    } catch (error) {
      message.fail(error);
    }
  }
}
