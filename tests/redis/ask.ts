/** Asks a program, by a connection for each request. */
export async function ask(port: number, path = "/now", headers: Readonly<Record<string, string>> = {}) {
	const response = await fetch(`http://127.0.0.1:${port}${path}`, {
		headers: { connection: "close", ...headers },
		redirect: "manual",
	});
	return { status: response.status, headers: response.headers, text: await response.text() };
}

/** So many requests at once, spread over the programs; gives how many got which status. */
export async function askAtOnce(
	ports: readonly number[],
	count: number,
): Promise<Readonly<Record<number, number>>> {
	const replies = await Promise.all(
		Array.from({ length: count }, (_, index) => ask(ports[index % ports.length]!)),
	);
	const counts: Record<number, number> = {};
	for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}
