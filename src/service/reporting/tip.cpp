#include "service/reporting/tip.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "service/reporting/names.hpp"
#include "service/reporting/text_shape.hpp"
#include "service/reporting/utc.hpp"

namespace lightkeeper::reporting {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxFacts = 256 * 1024;

class FactReader {
 public:
  FactReader(const json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object_.is_object()) {
      refuse("", "one JSON object is expected");
    }
  }
  const json* find(const char* name) {
    if (!object_.is_object()) {
      return nullptr;
    }
    const auto found = object_.find(name);
    if (found == object_.end()) {
      return nullptr;
    }
    ++known_;
    return found->is_null() ? nullptr : &*found;
  }
  std::optional<std::string> text(const char* name, std::size_t least, std::size_t most) {
    const auto* value = find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_string() || value->get_ref<const std::string&>().size() < least ||
        value->get_ref<const std::string&>().size() > most) {
      refuse(name, "text of " + std::to_string(least) + " to " + std::to_string(most) + " bytes");
      return std::nullopt;
    }
    return value->get<std::string>();
  }
  std::string needed_text(const char* name, std::size_t least, std::size_t most) {
    auto out = text(name, least, most);
    if (!out) {
      refuse(name, "text, and has to be there");
    }
    return out.value_or("");
  }
  std::optional<std::uint64_t> number(const char* name, std::uint64_t most) {
    const auto* value = find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > most) {
      refuse(name, "a whole number up to " + std::to_string(most));
      return std::nullopt;
    }
    return value->get<std::uint64_t>();
  }
  std::uint64_t needed_number(const char* name, std::uint64_t most) {
    const auto out = number(name, most);
    if (!out) {
      refuse(name, "a whole number, and has to be there");
    }
    return out.value_or(0);
  }
  template <class E>
  std::optional<E> choice(const char* name) {
    const auto* value = find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    auto out =
        value->is_string() ? from_json_name<E>(value->get_ref<const std::string&>()) : std::nullopt;
    if (!out) {
      refuse(name, "one of the values of the reference");
    }
    return out;
  }
  template <class E>
  E needed_choice(const char* name) {
    const auto out = choice<E>(name);
    if (!out) {
      refuse(name, "one of the values of the reference, and has to be there");
    }
    return out.value_or(E{});
  }
  template <class E>
  std::set<E> choices(const char* name) {
    std::set<E> out;
    for (const json* one : items(name, Names<E>::json.size())) {
      const auto value =
          one->is_string() ? from_json_name<E>(one->get_ref<const std::string&>()) : std::nullopt;
      if (!value) {
        refuse(name, "a list of values of the reference");
        return out;
      }
      out.insert(*value);
    }
    return out;
  }
  std::vector<const json*> items(const char* name, std::size_t most) {
    std::vector<const json*> out;
    const auto* value = find(name);
    if (value == nullptr) {
      return out;
    }
    if (!value->is_array() || value->size() > most) {
      refuse(name, "a list of at most " + std::to_string(most));
      return out;
    }
    for (const auto& one : *value) {
      out.push_back(&one);
    }
    return out;
  }
  void refuse(const char* name, const std::string& rule) {
    if (!fault_) {
      fault_ = "field '" + place_ + name + "' is " + rule;
    }
  }
  Status finish() {
    if (!fault_ && object_.is_object() && known_ != object_.size()) {
      fault_ = "field '" + place_ + "...' is not known";
    }
    return fault_ ? Status(fail(ErrorCode::bad_json, "request", *fault_)) : Status();
  }

 private:
  const json& object_;
  std::string place_;
  std::optional<std::string> fault_;
  std::size_t known_ = 0;
};

ordered_json score_json(const Score& score) {
  ordered_json parts = ordered_json::array();
  for (const auto& part : score.parts) {
    parts.push_back(
        {{"code", part.code}, {"points", part.points}, {"of", part.of}, {"why", part.why}});
  }
  return {{"score", score.score}, {"parts", std::move(parts)}};
}

ordered_json findings_json(const std::vector<LintFinding>& findings) {
  ordered_json out = ordered_json::array();
  for (const auto& one : findings) {
    out.push_back({{"field", one.field},
                   {"rule", one.rule},
                   {"severity", one.severity == Severity::hard ? "hard" : "soft"},
                   {"why", one.why},
                   {"mend", one.mend}});
  }
  return out;
}

ordered_json view_json(const InvestigatorView& view) {
  ordered_json captures = ordered_json::array();
  for (const auto& one : view.captures) {
    captures.push_back({{"who", one.who},
                        {"ip", one.ip_address},
                        {"port", one.port ? ordered_json(*one.port) : ordered_json(nullptr)},
                        {"at", one.at},
                        {"event", one.event},
                        {"possible_proxy", one.possible_proxy}});
  }
  ordered_json people = ordered_json::array();
  for (const auto& one : view.people) {
    people.push_back({{"role", one.role},
                      {"esp_identifier", one.esp_identifier},
                      {"esp_service", one.esp_service},
                      {"screen_name", one.screen_name},
                      {"contacts", one.contacts},
                      {"age", one.age}});
  }
  ordered_json files = ordered_json::array();
  for (const auto& one : view.files) {
    files.push_back({{"item", one.item},
                     {"name", one.name},
                     {"viewed", one.viewed},
                     {"locked", one.locked},
                     {"classification", one.classification},
                     {"sha256", one.sha256},
                     {"note", one.note}});
  }
  return {{"reporting_service", view.reporting_service},
          {"incident_type", view.incident_type},
          {"incident_at", view.incident_at},
          {"escalated", view.escalated},
          {"captures", std::move(captures)},
          {"people", std::move(people)},
          {"files", std::move(files)}};
}

std::string dumped(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

Result<TipFacts> parse_tip_facts(BytesView bytes) {
  if (bytes.size() > kMaxFacts) {
    return fail(ErrorCode::too_large, "request");
  }
  const json document = json::parse(
      bytes.begin(), bytes.end(), [](int depth, json::parse_event_t, json&) { return depth <= 6; },
      false);
  FactReader reader(document, "");
  TipFacts out;
  out.incident_type = reader.needed_choice<IncidentType>("incident_type");
  out.incident_at = UnixMillis{reader.needed_number("incident_ms", kLastTime.value)};
  out.time_denotes = reader.needed_text("time_denotes", 1, 1000);
  out.escalate_reason = reader.text("escalate_reason", 1, 2000);
  out.annotations = reader.choices<ReportAnnotation>("annotations");
  out.narrative = reader.needed_text("narrative", 1, kMaxNarrative);
  for (const auto* one : reader.items("files", kMaxCaseFiles)) {
    FactReader file(*one, "files.");
    TipFacts::FileFacts facts;
    facts.item = static_cast<std::uint32_t>(file.needed_number("item", 1'000'000));
    facts.classification = file.choice<IndustryClassification>("classification");
    facts.annotations = file.choices<FileAnnotation>("annotations");
    facts.relevance = file.needed_choice<FileRelevance>("relevance");
    LK_CHECK_OK(file.finish());
    out.files.push_back(std::move(facts));
  }
  for (const auto* one : reader.items("victims", 50)) {
    FactReader victim(*one, "victims.");
    TipFacts::VictimFacts facts;
    if (const auto age = victim.number("age", 130)) {
      facts.age = static_cast<std::uint32_t>(*age);
    }
    facts.account = victim.text("account", 1, 128);
    LK_CHECK_OK(victim.finish());
    out.victims.push_back(std::move(facts));
  }
  out.outlet = reader.needed_choice<Outlet>("outlet");
  for (const auto* one : reader.items("jurisdiction", 20)) {
    if (!one->is_string() || !is_country(one->get_ref<const std::string&>())) {
      reader.refuse("jurisdiction", "a list of two capital letters each");
      break;
    }
    out.countries.push_back(one->get<std::string>());
  }
  LK_CHECK_OK(reader.finish());
  return out;
}

Bytes encode_tip_facts(const TipFacts& facts) {
  const auto names = [](const auto& set) {
    ordered_json out = ordered_json::array();
    for (const auto one : set) {
      out.push_back(json_name(one));
    }
    return out;
  };
  ordered_json files = ordered_json::array();
  for (const auto& one : facts.files) {
    files.push_back(
        {{"item", one.item},
         {"classification", one.classification ? ordered_json(json_name(*one.classification))
                                               : ordered_json(nullptr)},
         {"annotations", names(one.annotations)},
         {"relevance", json_name(one.relevance)}});
  }
  ordered_json victims = ordered_json::array();
  for (const auto& one : facts.victims) {
    victims.push_back(
        {{"age", one.age ? ordered_json(*one.age) : ordered_json(nullptr)},
         {"account", one.account ? ordered_json(*one.account) : ordered_json(nullptr)}});
  }
  return to_bytes(
      dumped({{"incident_type", json_name(facts.incident_type)},
              {"incident_ms", facts.incident_at.value},
              {"time_denotes", facts.time_denotes},
              {"escalate_reason", facts.escalate_reason ? ordered_json(*facts.escalate_reason)
                                                        : ordered_json(nullptr)},
              {"annotations", names(facts.annotations)},
              {"narrative", facts.narrative},
              {"files", std::move(files)},
              {"victims", std::move(victims)},
              {"outlet", json_name(facts.outlet)},
              {"jurisdiction", facts.countries}}));
}

Result<CaseFile> with_facts(CaseFile file, const TipFacts& facts, std::string_view reviewer) {
  const Origin judged{Source::reviewer, "set by " + std::string(reviewer), std::nullopt};
  auto& incident = file.incident;
  incident.type = {facts.incident_type, judged};
  incident.time = {{facts.incident_at, facts.time_denotes}, judged};
  incident.escalate_reason = facts.escalate_reason;
  incident.annotations = facts.annotations;
  incident.narrative = facts.narrative;
  for (const auto& one : facts.files) {
    const auto found = std::ranges::find(file.files, one.item, &CaseFileItem::item);
    if (found == file.files.end()) {
      return fail(ErrorCode::not_found, "tip", "the case has no such item");
    }
    found->relevance = one.relevance;
    found->annotations = one.annotations;
    found->classification.reset();
    if (one.classification) {
      found->classification = {*one.classification, judged};
    }
  }
  for (const auto& one : facts.victims) {
    const auto known = std::ranges::find_if(file.accounts.victims, [&](const CaseAccount& victim) {
      return one.account && victim.account == one.account;
    });
    CaseAccount& victim =
        known == file.accounts.victims.end() ? file.accounts.victims.emplace_back() : *known;
    if (one.account) {
      // What the service knows of this account as a recipient stays with it.
      const auto recipient =
          std::ranges::find(file.accounts.intended_recipients, one.account, &CaseAccount::account);
      if (recipient != file.accounts.intended_recipients.end()) {
        victim = *recipient;
        file.accounts.intended_recipients.erase(recipient);
      }
      victim.account = one.account;
      if (!victim.service) {
        victim.service = file.service.platform.value_or(file.service.name);
      }
    }
    if (one.age) {
      victim.age = {*one.age, judged};
    }
  }
  file.jurisdiction.outlet = facts.outlet;
  for (const auto& country : facts.countries) {
    if (std::ranges::find(file.jurisdiction.links, country, &CountryLink::country) ==
        file.jurisdiction.links.end()) {
      file.jurisdiction.links.push_back({country, judged.basis});
    }
  }
  return file;
}

std::string lint_document(const LintResult& result) {
  return dumped({{"findings", findings_json(result.findings)},
                 {"completeness", score_json(result.completeness)},
                 {"rescue_priority", score_json(result.rescue)}});
}

std::string tip_document(const CaseFile& file, const LintSettings& settings) {
  const LintResult result = lint(file, settings);
  const auto report = build_report(file, settings.render);
  const auto written = report ? write_report(*report) : std::unexpected(report.error());
  const auto view = investigator_view(file, settings.render);
  ordered_json details = ordered_json::array();
  for (const auto& item : file.files) {
    if (!item.available) {
      continue;
    }
    if (const auto made = build_file_details(
            file, item.item, 0, "item-" + std::to_string(item.item), settings.render)) {
      if (const auto xml = write_file_details(*made)) {
        details.push_back(std::string(as_text(xml->bytes)));
      }
    }
  }
  ordered_json outlets = ordered_json::array();
  for (const auto& one : outlet_advice(file)) {
    outlets.push_back(
        {{"outlet", json_name(one.outlet)}, {"applies", one.applies}, {"why", one.why}});
  }
  return dumped(
      {{"case_file", ordered_json::parse(as_text(encode_case_file(file)), nullptr, false)},
       {"lint",
        {{"completeness", score_json(result.completeness)},
         {"rescue", score_json(result.rescue)},
         {"findings", findings_json(result.findings)}}},
       {"preview", view ? view_json(*view) : ordered_json(nullptr)},
       {"xml", written ? std::string(as_text(written->bytes)) : std::string()},
       {"file_details", std::move(details)},
       {"outlets", std::move(outlets)}});
}

}  // namespace lightkeeper::reporting
