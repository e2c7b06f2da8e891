/** What comes between controllers, or clients that watch, and the API server, whatever the cluster is kept in. */
import { type Act, lasting } from "./step.ts";

export const viewFaults: readonly Act[] = [
  lasting("late event", 4, [0.02, 0.2, 1]),
  lasting("repeated event", 3, [0.1, 1]),
  lasting("dropped event", 4, [0.02, 0.2, 0.7]),
  lasting("late answer", 4, [0.05, 0.5]),
  lasting("lost answer", 4, [0.05, 0.3]),
  lasting("write sent twice", 4, [0.05, 0.5]),
  lasting("refused write", 4, [0.05, 0.3]),
  lasting("slow watching client", 3, [0.1, 0.5]),
  lasting("broken watch of a client", 3, [0.1, 0.5]),
];
