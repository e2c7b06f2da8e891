/** Names of users and groups, as `/etc/passwd` and `/etc/group` of the container have them. */
import { readFile } from "node:fs/promises";
import type { Invocation } from "../../program.ts";

/** What the machine gives to its own user is the container's user's. */
function own(id: number, machines: number | undefined, users: number): number {
  return id === machines ? users : id;
}

/** Of the owner of a file; the number where no name is known. */
export async function userName(uid: number, { user }: Pick<Invocation, "user">): Promise<string> {
  const id = own(uid, process.getuid?.(), user.uid);
  return (await nameIn("/etc/passwd", id)) ?? String(id);
}

export async function groupName(gid: number, { user }: Pick<Invocation, "user">): Promise<string> {
  const id = own(gid, process.getgid?.(), user.gid);
  return (await nameIn("/etc/group", id)) ?? String(id);
}

/** The same as numbers. */
export function userNumber(uid: number, { user }: Pick<Invocation, "user">): string {
  return String(own(uid, process.getuid?.(), user.uid));
}

export function groupNumber(gid: number, { user }: Pick<Invocation, "user">): string {
  return String(own(gid, process.getgid?.(), user.gid));
}

/** Undefined where there is no such file, or no such number in it. */
export async function nameIn(file: string, id: number): Promise<string | undefined> {
  if (id === 0) return "root";
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .map(line => line.split(":"))
    .find(fields => fields[2] === String(id))?.[0];
}
