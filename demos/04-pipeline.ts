/** A pipeline: each stage knows only the name of the service that comes next. */
import type { Demo } from "./stage.ts";

const raw = ["  the   quick brown fox ", "jumps over", " the lazy   dog"];

export default {
  title: "A processing pipeline across services",
  picture: `
     text ──▶ Service trim ──▶ Service capitalize ──▶ Service frame
               trim-0/1          capitalize-0/1         frame-0
     title ◀──────────────◀───────────────────────◀──────────┘`,
  manifest: "04-pipeline.yaml",
  async play(cluster, stage) {
    await stage.step("Declare three stages and a Service for each.");
    await stage.apply(this.manifest);
    const ready = ["ReplicaSet/trim", "ReplicaSet/capitalize", "Container/frame-0"];
    await stage.until("all stages are ready", Promise.all(ready.map(ref => cluster.waitFor(ref, "Ready"))));
    await stage.table("Service");

    await stage.step("Send raw text in at the front.");
    const titles: string[] = [];
    for (const text of raw) {
      const answer = await cluster.api.request<{ text: string; path: string[] }>("trim", { text, path: [] });
      stage.message("you", "trim", text);
      stage.message(answer.path.join(" ▸ "), "you", answer.text);
      titles.push(answer.text);
    }
    stage.claim(
      "every stage did its part",
      titles.join() === "« The Quick Brown Fox »,« Jumps Over »,« The Lazy Dog »",
      titles,
    );

    await stage.step("A thousand texts at once: the stages work at the same time.");
    const many = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        cluster.api.request<{ text: string; path: string[] }>("trim", { text: ` text ${i} `, path: [] }),
      ),
    );
    stage.claim(
      "each came out as its own title",
      many.every(({ text }, i) => text === `« Text ${i} »`),
    );
    const routes = new Set(many.map(({ path }) => path.join(" ▸ ")));
    for (const route of [...routes].sort()) stage.say(`  ${route}`);
    stage.claim("they took all four routes through the pipeline", routes.size === 4, [...routes]);
  },
} satisfies Demo;
