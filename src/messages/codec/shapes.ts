/**
 * The shapes of all objects that this thread has sent: which keys, in which order. They form a tree that branches by key,
 * so that the shape of an object is found by walking its keys, a comparison for each. A shape has a number; whether the
 * other end of a channel knows it is for the channel's Encoder to remember.
 */
/** Objects used as dictionaries would teach a new shape each: a tree of so many steps learns no more. */
const MOST_STEPS = 4_000;

/** A step in the tree of all shapes that this thread has sent, which branches by key. */
export interface Step {
  /** The number of the shape that ends here; -1: none does yet. */
  shape: number;
  /** The step taken last time, which is nearly always the next one too. */
  lastKey: string | undefined;
  lastStep: Step | undefined;
  readonly steps: Map<string, Step>;
}

const newStep = (): Step => ({ shape: -1, lastKey: undefined, lastStep: undefined, steps: new Map() });
/** The shape without keys, where every walk begins. */
export const start = newStep();
let steps = 0;
let shapes = 0;

/** The number of the shape with these keys, learnt if there is room; -1 if not. */
export function shapeOf(keys: readonly string[]): number {
  let step = start;
  for (const key of keys) {
    let next = step.steps.get(key);
    if (next === undefined) {
      if (steps === MOST_STEPS) return -1;
      steps++;
      next = newStep();
      step.steps.set(key, next);
    }
    step = next;
  }
  if (step.shape < 0) step.shape = shapes++;
  return step.shape;
}
