/** `xargs`: runs a command with what comes in as its arguments: words, or lines with `-I`, or what ends with a zero byte with `-0`. */
import { type FindProgram, type Invocation, print } from "../program.ts";

export async function xargs(call: Invocation, find: FindProgram): Promise<number> {
  const words = [...call.args];
  let [separator, most, mark, skipsEmpty] = [/\s+/, 5_000, "", false];
  for (let word = words[0]; word?.startsWith("-"); word = words[0]) {
    words.shift();
    const value = () => (word.length > 2 ? word.slice(2) : (words.shift() ?? ""));
    if (word === "-0") separator = /\0/;
    else if (word === "-r" || word === "-t" || word === "-p") skipsEmpty ||= word === "-r";
    else if (word.startsWith("-I")) [mark, separator, most] = [value(), /\n/, 1];
    else if (word.startsWith("-n") || word.startsWith("-L")) most = Number(value());
    else if (word.startsWith("-P")) value();
    else throw new Error(`xargs: unrecognized option: ${word}`);
  }
  const [name = "echo", ...args] = words;
  const program = find(name, call.cwd);
  if (!program) {
    await print(call.stderr, `xargs: ${name}: No such file or directory\n`);
    return 127;
  }
  const given = (await inputOf(call)).split(separator).filter(word => word.trim() !== "");
  const items = separator.source === "\\s+" ? given.map(unquoted) : given;
  if (items.length === 0 && (skipsEmpty || mark !== "")) return 0;
  let status = 0;
  for (let at = 0; at === 0 || at < items.length; at += most) {
    const part = items.slice(at, at + most);
    const all =
      mark === "" ? [...args, ...part] : args.map(arg => arg.replaceAll(mark, part[0]?.trim() ?? ""));
    if ((await program({ ...call, args: all })) !== 0) status = 123;
  }
  return status;
}

function unquoted(word: string): string {
  return word.replace(/^(['"])(.*)\1$/, "$2");
}

async function inputOf({ stdin }: Invocation): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
