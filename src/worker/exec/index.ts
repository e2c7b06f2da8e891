/** The door of exec/: what a container can be told to do beside what it does. */
export { type Commands, interpret } from "./interpreter.ts";
export {
  asTerminal,
  type CommandSession,
  type ContainerProcess,
  ExecSession,
  type ExecWorld,
  type SessionOptions,
  type SessionOrder,
  type SessionReport,
} from "./session.ts";
