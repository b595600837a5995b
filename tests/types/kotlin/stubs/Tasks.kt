package kotlinx.coroutines.tasks

class Task<T>(val value: T)

suspend fun <T> Task<T>.await(): T = value
