/** The words in which a shell tells what is wrong: those of busybox' ash, of dash, which is `sh` in Debian, or of bash. */
import { describe } from "../reasons.ts";

export type ShellKind = "ash" | "dash" | "bash";

export interface Speech {
  readonly kind: ShellKind;
  notFound(name: string): string;
  /** @param verb what could not be done with a file that a command's stream is to lead to */
  noFile(verb: "open" | "create", path: string, error: unknown): string;
  noFolder(path: string, error: unknown): string;
  /** The status of a command whose file cannot be opened. */
  readonly noFileStatus: number;
  readonly noFolderStatus: number;
}

const isMissing = (error: unknown) => /^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? "");

/** @param name as the shell calls itself: `sh`, or the file of its script */
export function speechOf(kind: ShellKind, name: string, isInteractive: boolean): Speech {
  switch (kind) {
    case "ash":
      return {
        kind,
        notFound: command => `${name}: ${command}: not found\n`,
        noFile(verb, path, error) {
          const missing = verb === "open" ? "no such file" : "nonexistent directory";
          return `${name}: can't ${verb} ${path}: ${isMissing(error) ? missing : describe(error)}\n`;
        },
        noFolder: (path, error) =>
          `${name}: cd:${isInteractive ? "" : " line 0:"} can't cd to ${path}: ${describe(error)}\n`,
        noFileStatus: 1,
        noFolderStatus: 2,
      };
    case "dash":
      return {
        kind,
        notFound: command => `${name}: 1: ${command}: not found\n`,
        noFile(verb, path, error) {
          const missing = verb === "open" ? "No such file" : "Directory nonexistent";
          return `${name}: 1: cannot ${verb} ${path}: ${isMissing(error) ? missing : describe(error)}\n`;
        },
        noFolder: path => `${name}: 1: cd: can't cd to ${path}\n`,
        noFileStatus: 2,
        noFolderStatus: 2,
      };
    case "bash": {
      const front = isInteractive ? `${name}: ` : `${name}: line 1: `;
      return {
        kind,
        notFound: command => `${front}${command}: command not found\n`,
        noFile: (_, path, error) => `${front}${path}: ${describe(error)}\n`,
        noFolder: (path, error) => `${front}cd: ${path}: ${describe(error)}\n`,
        noFileStatus: 1,
        noFolderStatus: 1,
      };
    }
  }
}
