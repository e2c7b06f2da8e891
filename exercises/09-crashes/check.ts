import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

const order = { id: "order-7", amount: 5, item: "a bicycle bell" };
const other = { id: "order-8", amount: 9, item: "a bicycle pump" };
const answer = "a bicycle bell is on its way";

export default {
  scenarios: [
    {
      name: "An order that comes again after a crash is charged once",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        await scene.expectReply("cashier", order, answer);
        await scene.kill("cashier");
        await scene.expectReply("cashier", order, answer);
        const did = `sent ${order.id}, killed the cashier, sent ${order.id} again`;
        await expectBook(scene, "bank", [5], did);
        await expectBook(scene, "depot", [order.item], did);
      },
    },
    {
      name: "A cashier that dies before it answers has charged once when asked again",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        const did = await dieAt(scene, "bank");
        await scene.expectReply("cashier", order, answer);
        await expectBook(scene, "bank", [5], did);
      },
    },
    {
      name: "What was charged and not yet shipped is shipped at the second attempt",
      task: 2,
      points: 2,
      async run(scene) {
        await scene.begin();
        const did = await dieAt(scene, "depot");
        await scene.expectReply("cashier", order, answer);
        await scene.reply("cashier", other);
        await expectBook(scene, "bank", [5, 9], `${did}, and then another order`);
        await expectBook(scene, "depot", [order.item, other.item], `${did}, and then another order`);
      },
    },
    {
      name: "An order that can never succeed is failed, and the cashier goes on",
      task: 3,
      points: 1,
      async run(scene) {
        await scene.begin();
        const bad = { ...order, amount: -1 };
        const isOwn = (error: Error) => error.name !== "MessageError";
        await scene.expectError("cashier", bad, "an error of the cashier's own, by message.fail", isOwn);
        await scene.expectReply("cashier", order, answer);
        await scene.expectNoRestart("cashier", "sent an order with the amount -1");
        await expectBook(scene, "bank", [5], "sent an order with the amount -1, and then a good one");
      },
    },
  ],
} satisfies Check;

/** The cashier dies after `book` wrote what it was asked to write, and before the cashier knows. Says what was done. */
async function dieAt(scene: Scene, book: "bank" | "depot"): Promise<string> {
  await scene.reply(book, { mute: true });
  const lost = scene.ask("cashier", order);
  await scene.until(
    () => scene.reply<unknown[]>(book, { pages: true }),
    pages => pages.length > 0,
    { did: `sent ${order.id} to the cashier`, expected: `an entry in the ${book}` },
    () => "there is none",
  );
  await scene.kill("cashier");
  await lost;
  await scene.reply(book, { mute: false });
  return `sent ${order.id}, killed the cashier while the ${book} had written and not answered, and sent ${order.id} again`;
}

async function expectBook(
  scene: Scene,
  book: "bank" | "depot",
  expected: unknown[],
  did: string,
): Promise<void> {
  const pages = await scene.reply(book, { pages: true });
  scene.expectEqual(pages, expected, `${did}; then looked into the book of the ${book}`);
}
