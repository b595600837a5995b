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
