/** The door of mesh/: HTTPRoutes between pods. */
export { meshController } from "./mesh-controller.ts";
export { type ListenAt, MeshListeners } from "./mesh-listeners.ts";
export { MeshTable } from "./mesh-table.ts";
export { messagePlan } from "./message-plan.ts";
