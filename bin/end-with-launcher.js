/*
 * Preloaded into every server that a launcher starts. The channel to the launcher breaks when the
 * launcher is gone, even by kill -9: the server then stops as if asked to, and nothing is orphaned.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
