/** Arrays of bash: `name=(a b c)`, `name[1]=x`, `${name[@]}`. The other shells have none. */
import { keyIn } from "./array-keys.ts";
import { type Expansion, expandText, expandWords } from "./expand.ts";
import { type Assignment, SyntaxFault, type Word } from "./syntax.ts";

/** Throws a SyntaxFault in a shell without arrays. */
export async function assignArray(
  { name, index, value, elements, isAppended }: Assignment,
  expansion: Expansion,
): Promise<void> {
  const { state } = expansion;
  if (state.speech.kind !== "bash") throw new SyntaxFault('syntax error: unexpected "("');
  const put = async (at: Word, given: Word, mayAppend: boolean) => {
    const key = await keyOf(name, at, expansion);
    const before = mayAppend ? (new Map(state.entriesOf(name)).get(key) ?? "") : "";
    state.setElement(name, key, before + (await expandText(given, expansion)));
  };
  if (!elements) return index && put(index, value, isAppended);
  const given: (readonly [Word | undefined, Word, readonly string[]])[] = [];
  // What it was is still read.
  for (const element of elements)
    given.push([
      element.index,
      element.value,
      element.index ? [] : await expandWords([element.value], expansion),
    ]);
  if (!isAppended) state.setArray(name, [], state.associative.has(name));
  let next = Math.max(-1, ...state.entriesOf(name).map(([key]) => Number(key)));
  for (const [at, word, values] of given) {
    if (at) {
      await put(at, word, false);
      next = Number(await keyOf(name, at, expansion));
    }
    for (const each of values) state.setElement(name, String(++next), each);
  }
}

async function keyOf(name: string, index: Word, expansion: Expansion): Promise<string> {
  return keyIn(name, await expandText(index, expansion), expansion.state);
}
