/**
 * `k4s why KIND/NAME`: the chain of writes that led to an object's state, from its last change back to the first cause. With
 * `--scheduling`: why a pod is on its node, or has none.
 */
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { oneTarget, resourcesOf, theOne } from "./resources.ts";

export async function why(
  words: readonly string[],
  options: WhereOptions & { readonly scheduling?: boolean },
): Promise<void> {
  const connection = new Connection(options);
  // It can only be a pod.
  const target =
    options.scheduling && words.length === 1 && !words[0]?.includes("/") ? ["pod", ...words] : words;
  const { word, name } = oneTarget(target);
  const { plural, group, isNamespaced } = theOne(word, await resourcesOf(connection));
  const ref = [
    group ? `${plural}.${group}` : plural,
    ...(isNamespaced ? [connection.namespace] : []),
    name,
  ].join("/");
  process.stdout.write(
    await connection.text(
      `/k4s/${options.scheduling ? "scheduling" : "why"}?${new URLSearchParams({ ref })}`,
      { accept: "text/plain" },
    ),
  );
}
