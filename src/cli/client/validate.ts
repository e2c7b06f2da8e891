/**
 * `k4s validate -f`: whether a cluster would take the manifests, told with the place of each mistake. They are applied to a
 * cluster of this command's own, in which nothing runs; rules of admission can be left out or added.
 */
import { Cluster } from "../../cluster/index.ts";

export interface ValidateOptions {
  readonly filename: readonly string[];
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

export async function validate({ filename, enable, disable }: ValidateOptions): Promise<void> {
  await using cluster = new Cluster({ runtime: "hollow", admission: { enable, disable } });
  await cluster.start();
  await cluster.pause();
  for (const place of filename) {
    const objects = await cluster.applyFile(place);
    process.stdout.write(
      `${place}: ${objects.length} ${objects.length === 1 ? "object is" : "objects are"} valid\n`,
    );
  }
}
