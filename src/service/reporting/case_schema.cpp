// The JSON Schema of case files, from the same description as the reader.
#include <nlohmann/json.hpp>

#include "service/reporting/case_fields.hpp"

namespace lightkeeper::reporting {

namespace {

using nlohmann::ordered_json;

class SchemaMaker {
 public:
  explicit SchemaMaker(ordered_json& definitions) : definitions_(definitions) {}

  template <class T>
  void need(std::string_view name, T& value, const Rule& rule, std::string_view words) {
    add(name, value, rule, words);
    required_.push_back(name);
  }
  template <class T>
  void may(std::string_view name, T& value, const Rule& rule, std::string_view words) {
    add(name, value, rule, words);
    auto& field = properties_[std::string(name)];
    // Null counts as missing.
    const std::string said = field.at("description");
    field.erase("description");
    field = ordered_json{{"description", said},
                         {"anyOf", ordered_json::array({field, {{"type", "null"}}})}};
  }
  void constant(std::string_view name, std::string_view value) {
    properties_[std::string(name)] = {{"const", value}};
    required_.push_back(name);
  }
  ordered_json take() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", required_},
            {"properties", std::move(properties_)}};
  }

 private:
  template <class T>
  void add(std::string_view name, T& value, const Rule& rule, std::string_view words) {
    ordered_json field{{"description", words}};
    field.update(schema(value, rule));
    properties_[std::string(name)] = std::move(field);
  }

  template <class T>
  ordered_json schema(const std::optional<T>& /*value*/, const Rule& rule) {
    T sample{};
    return schema(sample, rule);
  }
  template <class T>
  ordered_json schema(const std::vector<T>& /*value*/, const Rule& rule) {
    T sample{};
    return {{"type", "array"}, {"maxItems", rule.items}, {"items", schema(sample, rule)}};
  }
  template <class E>
  ordered_json schema(const std::set<E>& /*value*/, const Rule& rule) {
    E sample{};
    return {{"type", "array"},
            {"maxItems", rule.items},
            {"uniqueItems", true},
            {"items", schema(sample, rule)}};
  }
  template <Described T>
  ordered_json schema(const T& /*value*/, const Rule& /*rule*/) {
    const std::string name(TypeName<T>::name);
    if (!definitions_.contains(name)) {
      SchemaMaker maker(definitions_);
      T sample{};
      describe(maker, sample);
      definitions_[name] = maker.take();
    }
    return {{"$ref", "#/$defs/" + name}};
  }
  template <class T>
  ordered_json schema(const Fact<T>& /*value*/, const Rule& rule) {
    SchemaMaker maker(definitions_);
    Fact<T> sample{};
    describe_fact(maker, sample, rule);
    return maker.take();
  }
  static ordered_json pattern(std::string_view text) {
    return {{"type", "string"}, {"pattern", text}};
  }
  ordered_json schema(const std::string& /*value*/, const Rule& rule) {
    // The reader counts bytes; characters are never more than bytes.
    ordered_json out{{"type", "string"}, {"maxLength", rule.most}};
    if (rule.least > 0) {
      out["minLength"] = 1;
    }
    switch (rule.shape) {
      case Shape::free:
        break;
      case Shape::id:
        out["pattern"] = "^[A-Za-z0-9_:.-]+$";
        break;
      case Shape::country:
        out["pattern"] = "^[A-Z]{2}$";
        break;
      case Shape::url:
        out["pattern"] = "^[A-Za-z][A-Za-z0-9+.-]*:\\S*$";
        break;
      case Shape::calling_code:
        out["pattern"] = "^\\+[0-9]{1,3}$";
        break;
    }
    return out;
  }
  ordered_json schema(const bool& /*value*/, const Rule& /*rule*/) { return {{"type", "boolean"}}; }
  template <std::unsigned_integral N>
    requires(!std::same_as<N, bool>)
  ordered_json schema(const N& /*value*/, const Rule& rule) {
    return {{"type", "integer"}, {"minimum", rule.least}, {"maximum", rule.most}};
  }
  ordered_json schema(const double& /*value*/, const Rule& rule) {
    return {{"type", "number"},
            {"minimum", -static_cast<std::int64_t>(rule.most)},
            {"maximum", rule.most}};
  }
  ordered_json schema(const UnixMillis& /*value*/, const Rule& /*rule*/) {
    return {{"type", "integer"}, {"minimum", 0}, {"maximum", kLastTime.value}};
  }
  template <class E>
    requires std::is_enum_v<E>
  ordered_json schema(const E& /*value*/, const Rule& /*rule*/) {
    return {{"enum", Names<E>::json}};
  }
  ordered_json schema(const Date& /*value*/, const Rule& /*rule*/) {
    return pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
  }
  template <class Tag>
  ordered_json schema(const Id<Tag>& /*value*/, const Rule& /*rule*/) {
    return pattern("^[0-9A-Fa-f]{32}$");
  }
  template <std::size_t N>
    requires(N <= 32)
  ordered_json schema(const ByteArray<N>& /*value*/, const Rule& /*rule*/) {
    return pattern("^[0-9A-Fa-f]{" + std::to_string(2 * N) + "}$");
  }
  ordered_json schema(const crypto::VerifyingKey& /*value*/, const Rule& /*rule*/) {
    return pattern("^[A-Za-z0-9_-]{43}$");
  }
  ordered_json schema(const crypto::Signature& /*value*/, const Rule& /*rule*/) {
    return pattern("^[A-Za-z0-9_-]{86}$");
  }

  ordered_json& definitions_;
  ordered_json properties_ = ordered_json::object();
  std::vector<std::string_view> required_;
};

}  // namespace

std::string case_file_schema() {
  ordered_json definitions = ordered_json::object();
  SchemaMaker maker(definitions);
  maker.constant("format", kCaseFormat);
  CaseFile sample;
  describe(maker, sample);
  ordered_json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "Lightkeeper case file, version 1"},
                      {"description",
                       "One case as one document: the input of every outlet. Made by `lightkeeper "
                       "report schema`; docs/reference/case-file.md says what it means. Times are "
                       "milliseconds since 1970, UTC; lengths of text are limits in bytes."}};
  schema.update(maker.take());
  schema["$defs"] = std::move(definitions);
  return schema.dump(1) + "\n";
}

}  // namespace lightkeeper::reporting
