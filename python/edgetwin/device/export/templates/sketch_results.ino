void print_results() {
  int32_t best = 0;
  for (int32_t i = 0; i < @NAME@::kResultCount; ++i) {
    Serial.print(@NAME@::kResultNames[i]);
    Serial.print(": ");
    Serial.print(results[i], 4);
    Serial.print(" ");
    Serial.println(@NAME@::kClassifies ? "" : @NAME@::kUnit);
    if (results[i] > results[best]) best = i;
  }
  const int32_t found = @FOUND@;
  if (@NAME@::kClassifies && found >= 0) {
    Serial.print("-> ");
    Serial.println(@NAME@::kResultNames[found]);
  }
}
