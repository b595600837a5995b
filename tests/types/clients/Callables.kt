// Written by `cargo callable types` from the Rust sources. Do not edit: it is written again.

import com.google.firebase.functions.FirebaseFunctions
import com.google.firebase.functions.StreamResponse
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.reactive.asFlow
import kotlinx.coroutines.tasks.await
import kotlinx.serialization.*
import kotlinx.serialization.descriptors.*
import kotlinx.serialization.encoding.*
import kotlinx.serialization.json.*

/** Tagged beside. */
@Serializable(with = Change.Serializer::class)
public sealed interface Change {
    public data object Cleared : Change

    @Serializable
    public data class Text(
        val value: String,
    ) : Change

    @Serializable
    public data class At(
        val value: ChangeAtValue,
    ) : Change

    public object Serializer : KSerializer<Change> {
        override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Change")

        override fun serialize(encoder: Encoder, value: Change) {
            val json = (encoder as JsonEncoder).json
            val element: JsonElement = when (value) {
                is Cleared -> JsonObject(mapOf("kind" to JsonPrimitive("cleared")))
                is Text -> JsonObject(mapOf("kind" to JsonPrimitive("text")) + json.encodeToJsonElement(Text.serializer(), value).jsonObject)
                is At -> JsonObject(mapOf("kind" to JsonPrimitive("at")) + json.encodeToJsonElement(At.serializer(), value).jsonObject)
            }
            encoder.encodeJsonElement(element)
        }

        override fun deserialize(decoder: Decoder): Change {
            val json = (decoder as JsonDecoder).json
            val element = decoder.decodeJsonElement()
            if (element is JsonObject && element["kind"] == JsonPrimitive("cleared")) return Cleared
            if (element is JsonObject && element["kind"] == JsonPrimitive("text")) return json.decodeFromJsonElement(Text.serializer(), element)
            if (element is JsonObject && element["kind"] == JsonPrimitive("at")) return json.decodeFromJsonElement(At.serializer(), element)
            throw SerializationException("A value is no Change")
        }
    }
}

@Serializable
public data class ChangeAtValue(
    val line: Long,
    val column: Long,
)

/** An enum of names. */
@Serializable
public enum class Color {
    @SerialName("DARK_GREEN") DarkGreen,
    /** As blood. */
    @SerialName("RED") Red,
}

/** Tagged inside. */
@Serializable(with = Event.Serializer::class)
public sealed interface Event {
    public data object SignedOut : Event

    /** A move. */
    @Serializable
    public data class MovedTo(
        val x: Double,
        val y: Double,
    ) : Event

    @Serializable
    public data class Renamed(
        val from: String? = null,
        val to: String,
    ) : Event

    public object Serializer : KSerializer<Event> {
        override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Event")

        override fun serialize(encoder: Encoder, value: Event) {
            val json = (encoder as JsonEncoder).json
            val element: JsonElement = when (value) {
                is SignedOut -> JsonObject(mapOf("type" to JsonPrimitive("signed-out")))
                is MovedTo -> JsonObject(mapOf("type" to JsonPrimitive("moved-to")) + json.encodeToJsonElement(MovedTo.serializer(), value).jsonObject)
                is Renamed -> JsonObject(mapOf("type" to JsonPrimitive("renamed")) + json.encodeToJsonElement(Renamed.serializer(), value).jsonObject)
            }
            encoder.encodeJsonElement(element)
        }

        override fun deserialize(decoder: Decoder): Event {
            val json = (decoder as JsonDecoder).json
            val element = decoder.decodeJsonElement()
            if (element is JsonObject && element["type"] == JsonPrimitive("signed-out")) return SignedOut
            if (element is JsonObject && element["type"] == JsonPrimitive("moved-to")) return json.decodeFromJsonElement(MovedTo.serializer(), element)
            if (element is JsonObject && element["type"] == JsonPrimitive("renamed")) return json.decodeFromJsonElement(Renamed.serializer(), element)
            throw SerializationException("A value is no Event")
        }
    }
}

/** Tagged inside. */
@Serializable(with = EventInput.Serializer::class)
public sealed interface EventInput {
    public data object SignedOut : EventInput

    /** A move. */
    @Serializable
    public data class MovedTo(
        val x: Double,
        val y: Double,
    ) : EventInput

    @Serializable
    public data class Renamed(
        val from: String? = null,
        val to: String,
    ) : EventInput

    public object Serializer : KSerializer<EventInput> {
        override val descriptor: SerialDescriptor = buildClassSerialDescriptor("EventInput")

        override fun serialize(encoder: Encoder, value: EventInput) {
            val json = (encoder as JsonEncoder).json
            val element: JsonElement = when (value) {
                is SignedOut -> JsonObject(mapOf("type" to JsonPrimitive("signed-out")))
                is MovedTo -> JsonObject(mapOf("type" to JsonPrimitive("moved-to")) + json.encodeToJsonElement(MovedTo.serializer(), value).jsonObject)
                is Renamed -> JsonObject(mapOf("type" to JsonPrimitive("renamed")) + json.encodeToJsonElement(Renamed.serializer(), value).jsonObject)
            }
            encoder.encodeJsonElement(element)
        }

        override fun deserialize(decoder: Decoder): EventInput {
            val json = (decoder as JsonDecoder).json
            val element = decoder.decodeJsonElement()
            if (element is JsonObject && element["type"] == JsonPrimitive("signed-out")) return SignedOut
            if (element is JsonObject && element["type"] == JsonPrimitive("moved-to")) return json.decodeFromJsonElement(MovedTo.serializer(), element)
            if (element is JsonObject && element["type"] == JsonPrimitive("renamed")) return json.decodeFromJsonElement(Renamed.serializer(), element)
            throw SerializationException("A value is no EventInput")
        }
    }
}

/** Every kind of type. */
@Serializable
public data class Everything(
    /** A text. */
    val text: String,
    val yes: Boolean,
    val small: Int,
    val signed: Int,
    val big: Long,
    val exact: Long,
    /** A 64-bit integer without a sign: up to `Long.MAX_VALUE` here. */
    val unsigned: Long,
    val real: Double,
    val letter: String,
    val nothing: JsonNull,
    val anything: JsonElement,
    val bytes: List<Int>,
    val list: List<String>,
    val set: List<Long>,
    val pair: Tuple2<String, Double>,
    val triple: List<Double>,
    val map: Map<String, Long>,
    val numbered: Map<String, Color>,
    /** May be null, or absent in a request. */
    val maybe: String? = null,
    val sometimes: Point? = null,
    val withDefault: Long,
    val color: Color,
    val shape: Shape,
    val event: Event,
    val change: Change,
    val loose: Loose,
    val id: UserId,
    val page: Page,
    val otherPage: Page2,
    val tree: Tree,
    val next: Node? = null,
    val day: String,
    val createdBy: UserId,
    val createdAt: String,
    val `class`: String,
    val snakeCase: Boolean,
    @SerialName("with-dash")
    val withDash: Boolean,
)

/** Every kind of type. */
@Serializable
public data class EverythingInput(
    /** A text. */
    val text: String,
    val yes: Boolean,
    val small: Int,
    val signed: Int,
    val big: Long,
    val exact: Long,
    /** A 64-bit integer without a sign: up to `Long.MAX_VALUE` here. */
    val unsigned: Long,
    val real: Double,
    val letter: String,
    val nothing: JsonNull,
    val anything: JsonElement,
    val bytes: List<Int>,
    val list: List<String>,
    val set: List<Long>,
    val pair: Tuple2<String, Double>,
    val triple: List<Double>,
    val map: Map<String, Long>,
    val numbered: Map<String, Color>,
    /** May be null, or absent in a request. */
    val maybe: String? = null,
    val sometimes: Point? = null,
    /** Default: `1`. */
    val withDefault: Long? = null,
    val color: Color,
    val shape: Shape,
    val event: EventInput,
    val change: Change,
    val loose: Loose,
    val id: UserId,
    val page: PageInput,
    val otherPage: Page2Input,
    val tree: Tree,
    val next: NodeInput? = null,
    val day: String,
    val createdBy: UserId,
    val createdAt: String,
    val `class`: String,
    val snakeCase: Boolean,
    @SerialName("with-dash")
    val withDash: Boolean,
)

/** Without a tag. */
@Serializable(with = Loose.Serializer::class)
public sealed interface Loose {
    public data class NumberCase(val value: Double) : Loose

    public data class Text(val value: String) : Loose

    public data class PointCase(val value: Point) : Loose

    public data class ListCase(val value: List<Boolean>) : Loose

    public object Serializer : KSerializer<Loose> {
        override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Loose")

        override fun serialize(encoder: Encoder, value: Loose) {
            val json = (encoder as JsonEncoder).json
            val element: JsonElement = when (value) {
                is NumberCase -> json.encodeToJsonElement(serializer<Double>(), value.value)
                is Text -> json.encodeToJsonElement(serializer<String>(), value.value)
                is PointCase -> json.encodeToJsonElement(serializer<Point>(), value.value)
                is ListCase -> json.encodeToJsonElement(serializer<List<Boolean>>(), value.value)
            }
            encoder.encodeJsonElement(element)
        }

        override fun deserialize(decoder: Decoder): Loose {
            val json = (decoder as JsonDecoder).json
            val element = decoder.decodeJsonElement()
            if (element is JsonPrimitive && !element.isString && element.doubleOrNull != null) runCatching { NumberCase(json.decodeFromJsonElement(serializer<Double>(), element)) }.getOrNull()?.let { return it }
            if (element is JsonPrimitive && element.isString) runCatching { Text(json.decodeFromJsonElement(serializer<String>(), element)) }.getOrNull()?.let { return it }
            if (element is JsonObject && "x" in element && "y" in element) runCatching { PointCase(json.decodeFromJsonElement(serializer<Point>(), element)) }.getOrNull()?.let { return it }
            if (element is JsonArray) runCatching { ListCase(json.decodeFromJsonElement(serializer<List<Boolean>>(), element)) }.getOrNull()?.let { return it }
            throw SerializationException("A value is no Loose")
        }
    }
}

/** Recursive without a list. */
@Serializable
public data class Node(
    val value: Int,
    val next: Node? = null,
)

/** Recursive without a list. */
@Serializable
public data class NodeInput(
    val value: Int,
    val next: NodeInput? = null,
)

/** Some of many. */
@Serializable
public data class Page(
    val items: List<Point>,
    val nextPage: String? = null,
)

/** Some of many. */
@Serializable
public data class Page2(
    val items: List<String>,
    val nextPage: String? = null,
)

/** Some of many. */
@Serializable
public data class Page2Input(
    val items: List<String>,
    val nextPage: String? = null,
)

/** Some of many. */
@Serializable
public data class PageInput(
    val items: List<Point>,
    val nextPage: String? = null,
)

@Serializable
public data class Point(
    val x: Double,
    val y: Double,
)

/** Why the callable gives nothing back. */
@Serializable(with = Refusal.Serializer::class)
public sealed interface Refusal {
    @Serializable
    public data class Reserved(
        val word: String,
    ) : Refusal

    public object Serializer : KSerializer<Refusal> {
        override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Refusal")

        override fun serialize(encoder: Encoder, value: Refusal) {
            val json = (encoder as JsonEncoder).json
            val element: JsonElement = when (value) {
                is Reserved -> JsonObject(mapOf("reason" to JsonPrimitive("reserved")) + json.encodeToJsonElement(Reserved.serializer(), value).jsonObject)
            }
            encoder.encodeJsonElement(element)
        }

        override fun deserialize(decoder: Decoder): Refusal {
            val json = (decoder as JsonDecoder).json
            val element = decoder.decodeJsonElement()
            if (element is JsonObject && element["reason"] == JsonPrimitive("reserved")) return json.decodeFromJsonElement(Reserved.serializer(), element)
            throw SerializationException("A value is no Refusal")
        }
    }
}

/** Tagged outside: serde's default. */
@Serializable(with = Shape.Serializer::class)
public sealed interface Shape {
    public data object NothingCase : Shape

    public data class Square(val value: Double) : Shape

    public data class Line(val value: Tuple2<Point, Point>) : Shape

    /** Round. */
    public data class Circle(val value: ShapeCircle) : Shape

    public object Serializer : KSerializer<Shape> {
        override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Shape")

        override fun serialize(encoder: Encoder, value: Shape) {
            val json = (encoder as JsonEncoder).json
            val element: JsonElement = when (value) {
                is NothingCase -> JsonPrimitive("nothing")
                is Square -> JsonObject(mapOf("square" to json.encodeToJsonElement(serializer<Double>(), value.value)))
                is Line -> JsonObject(mapOf("line" to json.encodeToJsonElement(serializer<Tuple2<Point, Point>>(), value.value)))
                is Circle -> JsonObject(mapOf("circle" to json.encodeToJsonElement(serializer<ShapeCircle>(), value.value)))
            }
            encoder.encodeJsonElement(element)
        }

        override fun deserialize(decoder: Decoder): Shape {
            val json = (decoder as JsonDecoder).json
            val element = decoder.decodeJsonElement()
            if (element == JsonPrimitive("nothing")) return NothingCase
            if (element is JsonObject && "square" in element) return Square(json.decodeFromJsonElement(serializer<Double>(), element.getValue("square")))
            if (element is JsonObject && "line" in element) return Line(json.decodeFromJsonElement(serializer<Tuple2<Point, Point>>(), element.getValue("line")))
            if (element is JsonObject && "circle" in element) return Circle(json.decodeFromJsonElement(serializer<ShapeCircle>(), element.getValue("circle")))
            throw SerializationException("A value is no Shape")
        }
    }
}

@Serializable
public data class ShapeCircle(
    val center: Point,
    val radius: Double,
)

/** Recursive in a list. */
@Serializable
public data class Tree(
    val name: String,
    val children: List<Tree>,
)

/** The id of a user. */
public typealias UserId = String

/** All callables of the project. `functions` is a `FirebaseFunctions.getInstance(url)`. */
public class Callables(private val functions: FirebaseFunctions) {
    /**
     * Gives back what it gets. A streaming client gets it as a chunk, too.
     *
     * The text `refuse` is refused.
     */
    public suspend fun everyType(input: EverythingInput): Everything =
        decode(functions.getHttpsCallable("everyType").call(encode(input)).await().data)
    /** The chunks of `everyType` as they come, and at last its result. */
    public fun everyTypeStream(input: EverythingInput): Flow<Streamed<Everything, Everything>> =
        functions.getHttpsCallable("everyType").stream(encode(input)).asFlow().map { streamed(it) }
}

/** An array of 2 values. */
@Serializable(with = Tuple2Serializer::class)
public data class Tuple2<T1, T2>(val item1: T1, val item2: T2)

public class Tuple2Serializer<T1, T2>(private val item1: KSerializer<T1>, private val item2: KSerializer<T2>) : KSerializer<Tuple2<T1, T2>> {
    override val descriptor: SerialDescriptor = buildClassSerialDescriptor("Tuple2")

    override fun serialize(encoder: Encoder, value: Tuple2<T1, T2>) {
        val json = (encoder as JsonEncoder).json
        encoder.encodeJsonElement(JsonArray(listOf(json.encodeToJsonElement(item1, value.item1), json.encodeToJsonElement(item2, value.item2))))
    }

    override fun deserialize(decoder: Decoder): Tuple2<T1, T2> {
        val items = (decoder as JsonDecoder).decodeJsonElement().jsonArray
        return Tuple2(decoder.json.decodeFromJsonElement(item1, items[0]), decoder.json.decodeFromJsonElement(item2, items[1]))
    }
}

private val json = Json {
    ignoreUnknownKeys = true
    explicitNulls = false
}

private inline fun <reified Input> encode(input: Input): Any? = plain(json.encodeToJsonElement(serializer<Input>(), input))

private inline fun <reified Output> decode(data: Any?): Output = json.decodeFromJsonElement(serializer<Output>(), element(data))

/** JSON as the SDK takes it. */
private fun plain(element: JsonElement): Any? = when (element) {
    is JsonNull -> null
    is JsonPrimitive ->
        if (element.isString) element.content
        else element.booleanOrNull ?: element.intOrNull ?: element.longOrNull ?: element.double
    is JsonArray -> element.map(::plain)
    is JsonObject -> element.mapValues { plain(it.value) }
}

/** What the SDK gives, as JSON. */
private fun element(data: Any?): JsonElement = when (data) {
    null -> JsonNull
    is Boolean -> JsonPrimitive(data)
    is Number -> JsonPrimitive(data)
    is List<*> -> JsonArray(data.map(::element))
    is Map<*, *> -> JsonObject(data.entries.associate { (name, value) -> name.toString() to element(value) })
    else -> JsonPrimitive(data.toString())
}

/** A part of a stream. It needs the library kotlinx-coroutines-reactive. */
public sealed interface Streamed<out Chunk, out Output> {
    public data class Next<Chunk>(val chunk: Chunk) : Streamed<Chunk, Nothing>

    public data class Last<Output>(val output: Output) : Streamed<Nothing, Output>
}

private inline fun <reified Chunk, reified Output> streamed(part: StreamResponse): Streamed<Chunk, Output> = when (part) {
    is StreamResponse.Message -> Streamed.Next(decode(part.message.data))
    is StreamResponse.Result -> Streamed.Last(decode(part.result.data))
    else -> throw SerializationException("A part of a stream is neither a chunk nor the result")
}
