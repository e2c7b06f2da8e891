/**
 * Keys that stand twice in an object of a JSON text. `JSON.parse` takes the last of them without a word; a strict server tells
 * the writer, who meant something by the other.
 */

interface Level {
  /** The keys so far; undefined for a list. */
  readonly keys: Set<string> | undefined;
  readonly path: string;
  /** In an object: the key whose value comes; in a list: how many elements came. */
  key: string;
  index: number;
}

/** How many are told: as many as Go's strict decoder of Kubernetes tells. */
const mostTold = 100;

/**
 * The paths of what stands twice (`metadata.name`, `spec.ports[0].port`), in their order: each once, the first hundred of them, cut
 * where they are longer than a line that is read. The text must be JSON.
 */
export function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  let isKey = false;
  for (const [token] of text.matchAll(tokens)) {
    if (found.size === mostTold) break;
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      const isObject = token === "{";
      levels.push({ keys: isObject ? new Set() : undefined, path: placeOf(level), key: "", index: 0 });
      isKey = isObject;
    } else if (token === "}" || token === "]") {
      levels.pop();
      isKey = false;
    } else if (token === ",") {
      if (level) level.index++;
      isKey = level?.keys !== undefined;
    } else if (isKey && level?.keys) {
      level.key = JSON.parse(token) as string;
      if (level.keys.has(level.key)) found.add(placeOf(level).slice(0, 1_000));
      level.keys.add(level.key);
      isKey = false;
    }
  }
  return [...found];
}

/** All that matters: what opens, what closes, what separates, and texts as a whole. */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

function placeOf(level: Level | undefined): string {
  if (!level) return "";
  if (!level.keys) return `${level.path}[${level.index}]`;
  return level.path ? `${level.path}.${level.key}` : level.key;
}
