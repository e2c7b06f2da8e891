/**
 * Programs that ask Node everything a module can find out about itself and what it imports. Each is run in plain `node` (or
 * `tsx`) and in a container; test/modules-as-in-node.test.ts compares the two.
 */
import { endings } from "./endings.ts";
import { javascript } from "./javascript.ts";
import { processes } from "./processes.ts";
import type { Program } from "./program.ts";
import { typescript } from "./typescript.ts";

export const programs: readonly Program[] = [...javascript, ...typescript, ...endings, ...processes];
