/*
 * Preloaded into every server that a launcher starts. The IPC channel closes when the launcher dies, even by
 * SIGKILL; the server then stops as after SIGTERM, so that no process is orphaned.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
