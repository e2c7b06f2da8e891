/** The door of shell/: the command `sh`, and the line editor of a terminal. */
export { LineEditor } from "./line-editor.ts";
export { shell } from "./shell.ts";
export type { ShellKind } from "./speech.ts";
