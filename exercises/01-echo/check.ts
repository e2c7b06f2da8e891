import type { Check } from "../classroom/check.ts";

export default {
  scenarios: [
    {
      name: "It answers with what it was sent",
      task: 1,
      points: 3,
      async run(scene) {
        await scene.begin();
        await scene.expectReply("echo", "hello", "hello");
        await scene.expectReply(
          "echo",
          { shopping: ["milk", "bread"], paid: false },
          { shopping: ["milk", "bread"], paid: false },
        );
      },
    },
    {
      name: "It answers one message after the other",
      task: 1,
      points: 1,
      async run(scene) {
        await scene.begin();
        const words = ["one", "two", "three", "four", "five"];
        const replies = await Promise.all(words.map(word => scene.reply("echo", word)));
        scene.expectEqual(replies, words, `asked echo five times at once: ${words.join(", ")}`);
      },
    },
    {
      name: "It writes each message into its log",
      task: 2,
      points: 1,
      async run(scene) {
        await scene.begin();
        await scene.reply("echo", "good morning");
        await scene.until(
          async () => String(await scene.cluster.logs("Pod/echo")),
          text => text.includes("good morning"),
          { did: 'asked echo with "good morning", and read its log', expected: "a line with those words" },
          text => (text ? `the log is:\n${text}` : "the log is empty"),
        );
      },
    },
  ],
} satisfies Check;
