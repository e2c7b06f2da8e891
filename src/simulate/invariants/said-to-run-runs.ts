/** At rest, what the API says of pods is so: as many containers run as pods are said to run. */
import type { MakeInvariant } from "../invariant.ts";

export const saidToRunRuns: MakeInvariant = () => ({
  name: "what is said to run runs",
  settled({ record, containers }) {
    const running = new Set(containers.all().map(({ namespace, pod }) => `${namespace}/${pod}`));
    const said = new Set<string>();
    for (const { metadata, status } of record.list("Pod")) {
      const name = `${metadata.namespace}/${metadata.name}`;
      const runs = status?.containerStatuses?.some(({ state }) => state?.running);
      if (runs) said.add(name);
      if (runs && !running.has(name)) return `${name} is said to run, and does not`;
    }
    const unknown = [...running].find(name => !said.has(name));
    return unknown && `${unknown} runs, and is not said to`;
  },
});
