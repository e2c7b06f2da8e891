/** Sends back what it is asked; an ArrayBuffer goes back without a copy. */
export async function echo({ inbox }) {
  for await (const message of inbox) {
    const { body } = message;
    if (body instanceof ArrayBuffer) message.reply(body, { transfer: [body] });
    else message.reply(body);
  }
}
