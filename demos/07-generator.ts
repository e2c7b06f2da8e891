/** Workers that act on their own: they tick until they are told to stop. */
import type { Demo } from "./stage.ts";

interface Tick {
  from: string;
  tick: number;
}

export default {
  title: "A periodic generator",
  picture: `
     ticker-0 ── 1, 2, 3, … ──▶ collector ◀── 1, 2, 3, … ── ticker-1
                             (every 20 ms)`,
  manifest: "07-generator.yaml",
  async play(cluster, stage) {
    await stage.step("Declare a collector and two tickers.");
    await stage.apply(this.manifest);
    const ready = ["Container/collector", "ReplicaSet/ticker"];
    await stage.until("they are ready", Promise.all(ready.map(ref => cluster.waitFor(ref, "Ready"))));

    await stage.step("Watch the ticks come in until each has sent ten.");
    const ticks = async () =>
      (await cluster.api.request<Tick[]>("collector")).filter(isFrom(["ticker-0", "ticker-1"]));
    let seen = await ticks();
    while (Math.min(...["ticker-0", "ticker-1"].map(name => seen.filter(isFrom([name])).length)) < 10)
      seen = await ticks();
    for (const name of ["ticker-0", "ticker-1"]) {
      const numbers = seen.filter(isFrom([name])).map(({ tick }) => tick);
      stage.message(name, "collector", numbers);
      stage.claim(
        `${name}'s ticks came in order, none missing`,
        numbers.every((n, i) => n === (numbers[0] ?? 0) + i),
        numbers,
      );
    }

    await stage.step("Scale the tickers to none: they notice, and stop by themselves.");
    await cluster.patch("ReplicaSet", "ticker", { spec: { replicas: 0 } });
    const gone = ["Pod/ticker-0", "Pod/ticker-1"];
    await stage.until("they have gone", Promise.all(gone.map(ref => cluster.waitFor(ref, "deleted"))));
    const after = (await ticks()).length;
    stage.claim("no tick comes any more", (await ticks()).length === after);
  },
} satisfies Demo;

function isFrom(names: readonly string[]) {
  return ({ from }: Tick) => names.includes(from);
}
