export function shuffled<Item>(items: readonly Item[]): readonly Item[] {
	return items
		.map((item) => ({ item, place: Math.random() }))
		.sort((one, other) => one.place - other.place)
		.map(({ item }) => item);
}
