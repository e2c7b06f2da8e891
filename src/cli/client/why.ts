/** `k4s why KIND/NAME`: the chain of writes that led to an object's state, from its last change back to the first cause. */
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, resourcesOf, theOne } from "./resources.ts";

export async function why(words: readonly string[], options: WhereOptions): Promise<void> {
  const connection = new Connection(options);
  const { word, name } = oneTarget(words);
  const { plural, group, isNamespaced } = theOne(word, await resourcesOf(connection));
  const ref = [
    group ? `${plural}.${group}` : plural,
    ...(isNamespaced ? [connection.namespace] : []),
    name,
  ].join("/");
  process.stdout.write(
    await connection.text(`/k4s/why?${new URLSearchParams({ ref })}`, { accept: "text/plain" }),
  );
}
