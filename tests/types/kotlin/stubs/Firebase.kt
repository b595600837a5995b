// What the generated client uses of Firebase's SDK for Android, with its names and types. A call goes over HTTP, with data
// written and read as the SDK's Serializer does: a Long in its wrapper.
package com.google.firebase.functions

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlinx.coroutines.tasks.Task
import kotlinx.serialization.json.*
import org.reactivestreams.Publisher

private const val LONG = "type.googleapis.com/google.protobuf.Int64Value"
private const val UNSIGNED_LONG = "type.googleapis.com/google.protobuf.UInt64Value"

class FirebaseFunctions(private val url: String) {
    fun getHttpsCallable(name: String): HttpsCallableReference = HttpsCallableReference("$url/$name")
}

class HttpsCallableReference(private val url: String) {
    fun call(data: Any?): Task<HttpsCallableResult> = Task(exchange(data))

    /** The result alone, as a chunk and as the result: the types are what is tested. */
    fun stream(data: Any? = null): Publisher<StreamResponse> {
        val result = exchange(data)
        return Publisher(listOf(StreamResponse.Message(result), StreamResponse.Result(result)))
    }

    private fun exchange(data: Any?): HttpsCallableResult {
        val body = JsonObject(mapOf("data" to encode(data))).toString()
        val request = HttpRequest.newBuilder(URI.create(url)).header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build()
        val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body()
        val result = Json.parseToJsonElement(answer).jsonObject["result"] ?: error("$body\n$answer")
        return HttpsCallableResult(decode(result))
    }
}

class HttpsCallableResult(val data: Any?)

abstract class StreamResponse private constructor() {
    class Message(val message: HttpsCallableResult) : StreamResponse()

    class Result(val result: HttpsCallableResult) : StreamResponse()
}

private fun encode(data: Any?): JsonElement = when (data) {
    null -> JsonNull
    is Long -> JsonObject(mapOf("@type" to JsonPrimitive(LONG), "value" to JsonPrimitive(data.toString())))
    is Number -> JsonPrimitive(data)
    is String -> JsonPrimitive(data)
    is Boolean -> JsonPrimitive(data)
    is Map<*, *> -> JsonObject(data.entries.associate { it.key as String to encode(it.value) })
    is List<*> -> JsonArray(data.map(::encode))
    else -> throw IllegalArgumentException("Object cannot be encoded in JSON: $data")
}

private fun decode(json: JsonElement): Any? = when (json) {
    is JsonNull -> null
    is JsonPrimitive ->
        if (json.isString) json.content else json.booleanOrNull ?: json.intOrNull ?: json.longOrNull ?: json.double
    is JsonArray -> json.map(::decode)
    is JsonObject -> when (json["@type"]?.jsonPrimitive?.content) {
        LONG, UNSIGNED_LONG -> json.getValue("value").jsonPrimitive.content.toLong()
        else -> json.mapValues { decode(it.value) }
    }
}
