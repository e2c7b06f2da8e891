/** Counts what it is sent; says how many when asked. */
export async function counter({ inbox }) {
  let count = 0;
  for await (const message of inbox) {
    if (message.expectsReply) message.reply(count);
    else count++;
  }
}
