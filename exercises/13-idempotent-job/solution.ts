import type { WorkerContext } from "k4s";

const months = ["January", "February", "March", "April"];

/** Books the invoices of one month, and is done. However often it runs, each is booked once. */
export async function invoices({ api, parameters }: WorkerContext<{ month: string }>) {
  const { month } = parameters;
  if (!months.includes(month)) throw new RangeError(`there is no month ${month}`);
  for (const { customer, amount } of invoicesOf(month)) {
    const entry = `${month}: ${customer} pays ${amount}`;
    await api.request("bank", { key: `${month}/${customer}`, entry });
  }
}

function invoicesOf(month: string) {
  const days = month === "February" ? 28 : 30;
  return ["Ada", "Bob", "Cy", "Dee"].map((customer, i) => ({ customer, amount: days + i }));
}
