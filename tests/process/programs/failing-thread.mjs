setTimeout(() => {
	throw new Error("thrown in a thread");
});
