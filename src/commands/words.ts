/** The words in which programs tell what is wrong with a file: those of busybox, or of coreutils, by what an image is made of. */
import { describe } from "./reasons.ts";

export type Words = "busybox" | "coreutils";

type Fault = (path: string, reason: string) => string;

const plain: Fault = (path, reason) => `${path}: ${reason}`;
const quoted =
  (what: string): Fault =>
  (path, reason) =>
    `${what}'${path}': ${reason}`;
const reading: Fault = (path, reason) => `cannot open '${path}' for reading: ${reason}`;

/** Programs that are not here say what all do: the path, and the reason. */
const faults: Readonly<Record<Words, Readonly<Record<string, Fault>>>> = {
  busybox: {
    cat: (path, reason) =>
      reason === "Is a directory" ? `read error: ${reason}` : quoted("can't open ")(path, reason),
    cp: quoted("can't stat "),
    dd: quoted("can't open "),
    md5sum: quoted("can't open "),
    mkdir: quoted("can't create directory "),
    mv: quoted("can't rename "),
    rm: (path, reason) =>
      reason === "Is a directory" ? `'${path}' is a directory` : quoted("can't remove ")(path, reason),
    rmdir: quoted(""),
    stat: quoted("can't stat "),
    tail: quoted("can't open "),
  },
  coreutils: {
    chgrp: quoted("cannot access "),
    chmod: quoted("cannot access "),
    chown: quoted("cannot access "),
    cp: quoted("cannot stat "),
    dd: quoted("failed to open "),
    du: quoted("cannot access "),
    head: reading,
    ls: quoted("cannot access "),
    mkdir: quoted("cannot create directory "),
    mv: quoted("cannot stat "),
    rm: quoted("cannot remove "),
    rmdir: quoted("failed to remove "),
    stat: quoted("cannot statx "),
    tail: reading,
    touch: quoted("cannot touch "),
  },
};

/** A line of a program about one of its files. */
export function faultLine(words: Words, name: string, path: string, error: unknown): string {
  return `${name}: ${(faults[words][name] ?? plain)(path, describe(error))}\n`;
}
