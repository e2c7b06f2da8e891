/** A container is a thread: declared, started, asked, and started again by name when it was deleted. */
import type { Demo } from "./stage.ts";

export default {
  title: "A container is a worker thread",
  picture: `
     you ─ apply ▶ Container echo ─ controller ▶ Pod echo ─ scheduler ▶ node-0
                                                                          │
                                                    thread, runs echo() ◀─┘`,
  manifest: "01-container.yaml",
  async play(cluster, stage) {
    await stage.step("Declare a Container. It names a module, workers/echo.ts, and a function of it.");
    await stage.apply(this.manifest);
    await stage.until("the Container is Ready", cluster.waitFor("Container/echo", "Ready"));
    await stage.table("Container");
    await stage.table("Pod");

    await stage.step("Ask it something. A message goes straight to the thread, not through the store.");
    const answer = await cluster.api.request<{ said: string; by: string }>("echo", "is anybody there?");
    stage.message("you", "echo", "is anybody there?");
    stage.message("echo", "you", answer);
    stage.claim("echo answers with what was said", answer.said === "is anybody there?", answer);

    await stage.step("What it prints is its log.");
    const log = await cluster.logs("Pod/echo");
    stage.say(log.trimEnd().replace(/^/gm, "  "));
    stage.claim("the log holds what it printed", log.includes("echo listens"), log);

    await stage.step("Delete the Container: its pod and its thread go with it.");
    await cluster.delete("Container", "echo");
    await stage.until("the pod is gone", cluster.waitFor("Pod/echo", "deleted"));
    stage.claim("nothing is left", (await cluster.list("Pod")).length === 0);
  },
} satisfies Demo;
