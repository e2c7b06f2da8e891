import type { WorkerContext } from "k4s";

const months = ["January", "February", "March", "April"];

/** Books the invoices of one month, and is done. */
export async function invoices({ api, parameters, log }: WorkerContext<{ month: string }>) {
  const { month } = parameters;
  if (!months.includes(month)) {
    log.warn(`there is no month ${month}`);
    return; // TODO 3: is it done?
  }
  for (const { customer, amount } of invoicesOf(month)) {
    // TODO 1: at the second attempt this books again.
    // TODO 2: and what is the same in each month?
    await api.request("bank", { entry: `${month}: ${customer} pays ${amount}` });
  }
}

function invoicesOf(month: string) {
  const days = month === "February" ? 28 : 30;
  return ["Ada", "Bob", "Cy", "Dee"].map((customer, i) => ({ customer, amount: days + i }));
}
