package kotlinx.coroutines.reactive

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import org.reactivestreams.Publisher

fun <T : Any> Publisher<T>.asFlow(): Flow<T> = items.asFlow()
